"""Whatever comes from people and clusters: nothing of it mentions, links or breaks a message."""

import re
from dataclasses import replace
from ipaddress import ip_address

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.blocks import answers, direct, entries
from bot.slack.blocks.card import card
from bot.slack.blocks.lint import lint
from bot.slack.blocks.listing import listing
from bot.slack.blocks.message import Message
from bot.slack.blocks.problems import problem
from bot.slack.blocks.scene import Scene
from core.domain import refusals
from core.domain.errors import BadInput, ClusterForbidden, NoSuchMapping, PodProxierError
from core.domain.mapping import Ending, Mapping
from core.domain.notices import Facts, Topic
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import NOBODY
from core.domain.sources import Sources
from core.domain.target import Endpoint, PodRef, PodUid
from core.services.queries import Row
from tests.golden import moments as at

LIVES = [at.REQUESTED, at.REFUSED_PROBE, at.OPEN, at.ASKED_FOR_MORE, at.GIVEN_UP, at.CLOSED, at.POD_GONE, at.DENIED]
PIECES = [
    "<!channel>",
    "<!subteam^S1>",
    "<@UEVIL>",
    "<#CEVIL|x>",
    "<http://evil|good>",
    "&lt;",
    "`",
    "*",
    "\n",
    " ",
    "&",
]
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=9), max_size=40).map("".join) | st.text(max_size=9_000)
OURS = re.compile(r"<(@U(ALICE|BOB|CAROL|DAVE)|#C(PAY|OPS)|!date\^\d+\^\{date_short_pretty\} \{\w+\}\|[-0-9: ]+ UTC)>")


def check(message: Message) -> None:
    assert lint(message) == []
    shown = [message.text, *(block["text"]["text"] for block in _sections(message))]
    for text in shown:
        assert not re.search(r"[<>]", OURS.sub("", text))


def _sections(message: Message) -> list[dict[str, dict[str, str]]]:
    return [block for block in message.blocks if block["type"] == "section"]  # type: ignore[misc] # blocks are JSON


def marked(mapping: Mapping, hostile: str) -> Mapping:
    """Put it wherever a text could stand, though a namespace or a name could never hold it."""
    target = replace(mapping.target, namespace=hostile, name=hostile)
    ending = mapping.ending and Ending(mapping.ending.cause, mapping.ending.by, mapping.ending.at, hostile)
    return replace(mapping, target=target, reason=hostile, port_name=hostile, ending=ending)


@given(st.sampled_from(LIVES), HOSTILE)
def test_no_card_or_answer_is_broken_by_what_it_shows(mapping: Mapping, hostile: str) -> None:
    scene = at.scene(marked(mapping, hostile))
    check(card(scene, copy=True))
    check(card(Scene(scene.mapping, at.TWO, hostile, at.NOW)))
    check(answers.requested(scene, known=True))
    check(answers.closing(scene))
    check(listing([Row(scene.mapping)] * 60, hostile, at.NOW, everything=True))


@given(st.sampled_from([topic for topic in Topic if topic is not Topic.CARD]), st.sampled_from(LIVES), HOSTILE)
def test_no_notice_is_broken_by_what_it_tells(topic: Topic, mapping: Mapping, hostile: str) -> None:
    scene = at.scene(marked(mapping, hostile))
    told = {"by": hostile, "why": hostile, "more": hostile, "endpoint": hostile, "from": hostile, "to": hostile}
    facts: Facts = {"10.9.9.9": 3} if topic is Topic.CALLERS_REFUSED else {**told, "until": 1_795_379_760}
    check(entries.entry(scene, topic, facts))
    check(direct.direct(scene, topic, facts))
    check(direct.undelivered(scene, topic, hostile))


def _errors(hostile: str) -> list[PodProxierError]:
    target = replace(at.REQUESTED.target, namespace=hostile, name=hostile, port=hostile)
    ports = tuple(ContainerPort(number, hostile) for number in range(1, 30))
    pod = Pod(PodRef(hostile, hostile), PodUid(hostile), Phase.RUNNING, ip_address("10.1.2.3"), ready=True, ports=ports)
    return [
        BadInput(hostile, hostile, example=hostile),
        NoSuchMapping(hostile),
        ClusterForbidden(hostile, hostile, hostile),
        PodProxierError(hostile),
        refusals.NoSuchPod(target, [pod] * 20),
        refusals.PortUnclear(target, ports),
        refusals.NamespaceNotAllowed(hostile, [hostile], None, at.ALICE),
        refusals.PodUnusable(pod, hostile),
        refusals.TargetChanged(hostile),
        refusals.NotYours(hostile, None, NOBODY),
    ]


@settings(max_examples=50)
@given(HOSTILE)
def test_no_problem_is_broken_by_what_was_typed(hostile: str) -> None:
    for error in _errors(hostile):
        check(problem(error, hostile))
        check(problem(error, f"pod payments/api 2h {hostile[:200]}"))


def test_a_mapping_with_hundreds_of_sources_is_still_shown() -> None:
    many = Sources.parse(",".join(f"10.{n}.0.0/17" for n in range(250)))
    wide = replace(at.OPEN, sources=many, endpoint=Endpoint(ip_address("::1"), 5005, PodUid("u")))
    check(card(at.scene(wide)))
    check(entries.entry(at.scene(replace(wide, state=at.LAPSED.state)), Topic.LAPSED, {}))
    assert "242 more" in card(at.scene(wide)).text
