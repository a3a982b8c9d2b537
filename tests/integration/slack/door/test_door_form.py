import asyncio
from dataclasses import replace

import pytest

from bot.slack import buttons, forms
from bot.workspace import Person as Somebody
from bot.workspace import View
from bot.workspace.hands.controls import Choice
from bot.workspace.wire import JsonObject
from core.domain.errors import ClusterUnreachable
from core.domain.people import Standing
from core.domain.states import State
from tests.integration.slack.door.house import HOUR, House
from tests.integration.slack.door.house import PODS as THERE

pytestmark = pytest.mark.usefixtures("door")

FIRST, *_ = THERE
PODS = ["payments/api-0", "careful/api-0", "sandbox/api-0"]


async def opened(house: House) -> View:
    """Type the command alone."""
    await house.alice.command("/proxy", channel=house.channel)
    return await house.alice.modal("Pod")


async def offered(somebody: Somebody, view: View, typed: str = "") -> list[str]:
    return [str(option["value"]) for option in await somebody.suggest(view, forms.POD, typed)]


def picked(pod: str = "payments/api-0") -> JsonObject:
    return {"text": {"type": "plain_text", "text": pod}, "value": pod}


async def test_the_command_alone_opens_the_form_and_the_card_goes_to_that_channel(house: House) -> None:
    form = await opened(house)
    answers: dict[str, Choice] = {
        forms.POD: picked(),
        forms.PORT: "debug",
        forms.TTL: "1h",
        forms.REASON: "order 4711 hangs",
    }
    await house.alice.submit(form, answers)
    await house.alice.modal("it needs 1 approval")
    [mapping] = house.mappings()
    assert (mapping.state, mapping.place.channel) == (State.REQUESTED, house.channel.id)
    assert (mapping.target.port, mapping.ttl, mapping.reason) == (5005, HOUR, "order 4711 hangs")


@pytest.mark.parametrize("typed", ["", "api", "payments/", "pay", "API-0"])
async def test_pods_are_suggested_while_one_types(house: House, typed: str) -> None:
    assert "payments/api-0" in await offered(house.alice, await opened(house), typed)


async def test_a_pod_that_is_not_ready_is_suggested_last_and_said_to_be_so(house: House) -> None:
    house.cluster.put(replace(FIRST, ready=False))
    offered = await house.alice.suggest(await opened(house), forms.POD, "api")
    told = [(option["value"], option.get("description", {}).get("text")) for option in offered]
    assert told == [("careful/api-0", None), ("sandbox/api-0", None), ("payments/api-0", "not ready")]


async def test_only_what_one_may_ask_for_is_suggested(house: House) -> None:
    form = await opened(house)
    assert sorted(await offered(house.alice, form)) == sorted(PODS)
    assert await offered(house.alice, form, "kube-system/") == []
    house.directory.add(house.person(house.alice), standing=Standing.GUEST)
    assert await offered(house.alice, form) == []


async def test_a_cluster_that_is_away_suggests_nothing_and_is_no_error(house: House) -> None:
    form = await opened(house)
    house.cluster.fail_with(ClusterUnreachable("the API server"))
    assert await offered(house.alice, form) == []


async def test_the_form_tells_what_the_chosen_pod_would_mean(house: House) -> None:
    form = await opened(house)
    await house.alice.click(form, forms.POD, option=picked())
    shown = house.alice.reads(await house.alice.modal("Needs 1 approval"))
    assert "debug (5005), http (8080)" in shown
    assert "At most 3h" in shown


async def test_what_cannot_be_read_is_told_beside_its_field(house: House) -> None:
    form = await opened(house)
    await house.alice.submit(form, {forms.POD: picked(), forms.TTL: "2", forms.SOURCES: "the office"})
    assert form.open
    assert "2h or 2m?" in form.errors[forms.TTL]
    assert "the office" in form.errors[forms.SOURCES]
    assert house.mappings() == []


async def test_what_is_refused_leaves_the_form_filled_in_with_the_reason_on_top(house: House) -> None:
    form = await opened(house)
    await house.alice.submit(form, {forms.POD: picked(), forms.TTL: "9h", forms.REASON: "order 4711 hangs"})
    again = await house.alice.modal("3h")
    shown = house.alice.reads(again)
    assert "order 4711 hangs" in shown
    assert again.content["submit"]
    await house.alice.submit(again, {forms.POD: picked(), forms.TTL: "1h"})
    await house.alice.modal("it needs 1 approval")


async def test_the_shortcut_opens_it_without_a_channel(house: House) -> None:
    await house.alice.shortcut(forms.ASK)
    await house.alice.submit(await house.alice.modal("Pod"), {forms.POD: picked("sandbox/api-0")})
    await house.alice.modal("opening")
    [mapping] = house.mappings()
    assert mapping.state is State.APPROVED


async def test_the_home_tab_has_a_button_for_it(house: House) -> None:
    await house.alice.opens_home()
    await house.alice.click(await house.alice.home("Nothing is open"), buttons.OPEN_FORM)
    await house.alice.modal("Pod")


async def test_help_is_given_where_the_form_cannot_be_opened(house: House) -> None:
    house.workspace.faults.fail("views.open", "internal_error")
    answer = await house.alice.command("/proxy", channel=house.channel)
    await answer.reply("/proxy pod")


async def test_where_it_takes_its_time_the_form_says_so_and_is_answered_afterwards(house: House) -> None:
    form = await opened(house)
    house.cluster.hang()
    submitting = asyncio.create_task(house.alice.submit(form, {forms.POD: picked()}))
    await house.alice.modal("Asking for")
    house.cluster.recover()
    assert (await submitting).acked
    await house.alice.modal("it needs 1 approval")
