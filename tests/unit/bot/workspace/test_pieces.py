"""The small pieces that need neither a network nor a clock on the wall."""

import asyncio
import itertools
import re

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.workspace.bell import Bell, NotSeenError
from bot.workspace.channels import Channel
from bot.workspace.clock import Clock
from bot.workspace.completion import completed
from bot.workspace.delivery.signing import signature
from bot.workspace.errors import ApiError, RateLimitedError
from bot.workspace.faults import Faults, Harm
from bot.workspace.identifiers import Mint
from bot.workspace.matching import Matching, matches
from bot.workspace.messages import Content, Message, Origin, Version
from bot.workspace.rates import Enforced, Rates
from bot.workspace.response_urls import LIFETIME, USES, ResponseUrls
from bot.workspace.triggers import Triggers
from bot.workspace.views import Views
from tests.unit.bot.workspace.samples import actions, home, modal, plain, section

# --- rates ------------------------------------------------------------------------------------------------------------


def test_a_channel_takes_one_post_a_second() -> None:
    rates = Rates()
    rates.enforced = Enforced.CHANNELS
    rates.check("chat.postMessage", "C1", None, 10.0)
    rates.check("chat.postMessage", "C2", None, 10.0)
    rates.check("chat.update", "C1", 50, 10.0)
    with pytest.raises(RateLimitedError) as caught:
        rates.check("chat.postMessage", "C1", None, 10.5)
    assert caught.value.retry_after == 1
    rates.check("chat.postMessage", "C1", None, 11.0)


def test_a_method_takes_as_many_calls_a_minute_as_its_tier_says() -> None:
    rates = Rates()
    rates.enforced = Enforced.EVERYTHING
    for second in range(20):
        rates.check("usergroups.users.list", "", 20, float(second))
    with pytest.raises(RateLimitedError) as caught:
        rates.check("usergroups.users.list", "", 20, 20.0)
    assert caught.value.retry_after == 40
    rates.check("users.info", "", 100, 20.0)
    rates.check("usergroups.users.list", "", 20, 60.0)


def test_no_limit_holds_unless_it_is_asked_for() -> None:
    rates = Rates()
    for _ in range(1000):
        rates.check("chat.postMessage", "C1", None, 1.0)


# --- signatures -------------------------------------------------------------------------------------------------------


def test_a_signature_is_what_slack_documents() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signed = signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body)
    assert signed == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_a_signature_is_accepted_by_slacks_own_verifier() -> None:
    verifier = SignatureVerifier("secret")
    now = int(verifier.clock.now())
    assert verifier.is_valid(b"a=1", str(now), signature("secret", now, b"a=1"))
    assert not verifier.is_valid(b"a=2", str(now), signature("secret", now, b"a=1"))


# --- waiting ----------------------------------------------------------------------------------------------------------


async def test_who_waits_is_woken_by_a_change_and_sees_it() -> None:
    bell, seen = Bell(), list[str]()
    waiting = asyncio.create_task(bell.find(lambda: seen[-1] if seen else None, within=5, describe=str))
    await asyncio.sleep(0)
    bell.ring()
    await asyncio.sleep(0)
    seen.append("it")
    bell.ring()
    assert await waiting == "it"


async def test_who_waits_in_vain_is_told_what_there_is() -> None:
    with pytest.raises(NotSeenError, match=r"not seen within 0.01 s: nothing there"):
        await Bell().find(lambda: None, within=0.01, describe=lambda: "nothing there")


@pytest.mark.parametrize(
    ("matching", "meant"),
    [
        (None, True),
        ("for ears", True),
        ("for eyes", True),
        ("*for* eyes", False),
        ("elsewhere", False),
        (lambda message: message.ts == "1.000001", True),
        (lambda message: message.is_reply, False),
    ],
)
def test_a_message_is_meant_by_its_text_by_what_is_seen_or_by_a_predicate(
    matching: Matching, *, meant: bool, channel: Channel
) -> None:
    content = Content("for ears", (section("*for* eyes"),))
    message = Message(channel, "1.000001", Origin("U1", "chat.postMessage"), [Version(content, 1.0)])
    assert matches(message, matching) is meant


# --- rights that end --------------------------------------------------------------------------------------------------


def test_a_response_url_is_good_for_five_uses(channel: Channel) -> None:
    urls = ResponseUrls(Clock(), "T1")
    path = urls.issue(channel, "U1").path
    assert path.startswith("/commands/T1/")
    for _ in range(USES):
        urls.use(path)
    with pytest.raises(ApiError, match="used_url"):
        urls.use(path)


def test_a_response_url_is_good_for_half_an_hour(channel: Channel) -> None:
    clock = Clock()
    urls = ResponseUrls(clock, "T1")
    path = urls.issue(channel, "U1").path
    clock.advance(LIFETIME - 1)
    urls.use(path)
    clock.advance(2)
    with pytest.raises(ApiError, match="expired_url"):
        urls.use(path)
    with pytest.raises(ApiError, match="invalid_url"):
        urls.use("/commands/T1/1/guessed")


def test_a_trigger_id_is_good_once_and_for_three_seconds() -> None:
    clock = Clock()
    triggers = Triggers(clock, Mint())
    first, second = triggers.issue("U1"), triggers.issue("U1")
    assert triggers.exchange(first).user_id == "U1"
    clock.advance(3.1)
    for trigger_id, code in ((first, "exchanged"), (second, "expired"), ("1.2.x", "invalid")):
        with pytest.raises(ApiError, match=f"{code}_trigger_id"):
            triggers.exchange(trigger_id)


# --- faults -----------------------------------------------------------------------------------------------------------


def test_faults_meet_their_method_in_order_and_run_out() -> None:
    faults = Faults()
    faults.fail("chat.update", "edit_window_closed", times=2)
    faults.status("*", 503)
    faults.hang("chat.update", 2.0)
    met = [faults.take(name) for name in ("chat.update", "users.info", "chat.update", "chat.update", "chat.update")]
    assert [fault.harm if fault else None for fault in met] == [
        Harm.ERROR,
        Harm.STATUS,
        Harm.ERROR,
        Harm.HANG,
        None,
    ]
    faults.drop_after("chat.postMessage")
    faults.clear()
    assert faults.take("chat.postMessage") is None


# --- ids --------------------------------------------------------------------------------------------------------------


def test_ids_have_slacks_shapes_and_come_once() -> None:
    mint = Mint()
    assert [mint.id("U"), mint.id("U"), mint.id("C")] == ["U00000001", "U00000002", "C00000001"]
    stamps = [mint.timestamp(moment) for moment in (5.0, 5.0, 4.0, 6.5)]
    assert stamps == ["5.000000", "5.000001", "5.000002", "6.500000"]
    assert re.fullmatch(r"\d+\.\d+\.[0-9a-f]{32}", mint.trigger())


def test_slack_fills_in_the_ids_an_app_left_out_and_no_others() -> None:
    counted = itertools.count()
    given = [section(block_id="mine"), actions({"type": "button", "text": plain()})]
    named, filled = completed(given, lambda: f"new-{next(counted)}")
    assert named["block_id"] == "mine"
    assert filled["block_id"].startswith("new-")
    assert filled["elements"][0]["action_id"].startswith("new-")
    assert filled["elements"][0]["text"]["emoji"] is True
    assert "block_id" not in given[1]


# --- modals and homes -------------------------------------------------------------------------------------------------


def test_modals_pile_up_three_high_and_uncover_each_other() -> None:
    views = Views(Mint(), Bell())
    root, second = views.open("U1", modal()), views.push("U1", modal())
    top = views.push("U1", modal())
    assert (top.root_id, top.previous_id) == (root.id, second.id)
    with pytest.raises(ApiError, match="push_limit_reached"):
        views.push("U1", modal())
    views.close(top)
    assert views.top("U1") is second
    views.clear("U1")
    assert views.top("U1") is None
    with pytest.raises(ApiError, match="not_found"):
        views.push("U1", modal())


def test_a_view_that_changed_meanwhile_is_not_overwritten() -> None:
    views = Views(Mint(), Bell())
    published = views.publish("U1", home())
    before = published.hash
    views.publish("U1", home(section("2")), before)
    with pytest.raises(ApiError, match="hash_conflict"):
        views.publish("U1", home(section("3")), before)
    assert views.home("U1") is published
    assert published.blocks == [section("2")]


def test_an_external_id_belongs_to_one_open_view() -> None:
    views = Views(Mint(), Bell())
    views.open("U1", modal(external_id="mine"))
    with pytest.raises(ApiError, match="duplicate_external_id"):
        views.open("U2", modal(external_id="mine"))
    assert views.get(None, "mine").user_id == "U1"
    with pytest.raises(ApiError, match="not_found"):
        views.get(None)
