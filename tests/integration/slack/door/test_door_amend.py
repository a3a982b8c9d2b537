"""The modal by which an approver lets through less than was asked for."""

from datetime import timedelta

import pytest

from bot.slack import buttons, forms
from bot.workspace import View
from bot.workspace.hands.controls import Choice
from bot.workspace.wire import JsonObject
from core.domain.mapping import Mapping
from core.domain.sources import Sources
from core.domain.states import State
from tests.integration.slack.door.house import House

pytestmark = pytest.mark.usefixtures("door")

HTTP = {"text": {"type": "plain_text", "text": "8080 (http)"}, "value": "8080"}


async def opened(house: House, mapping: Mapping) -> View:
    await house.bob.click(await house.draw(mapping), buttons.AMEND)
    return await house.bob.modal("Change")


def filled(ttl: str = "30m", sources: str = "10.1.2.3", port: JsonObject = HTTP) -> dict[str, Choice]:
    return {forms.TTL: ttl, forms.SOURCES: sources, forms.PORT: port}


async def test_what_is_changed_has_to_be_approved_as_it_is_then(house: House) -> None:
    mapping = await house.requested()
    card = await house.draw(mapping)
    await house.bob.submit(await opened(house, mapping), filled())
    await house.bob.modal("It is changed")
    changed = await house.now(mapping)
    assert (changed.ttl, changed.sources) == (timedelta(minutes=30), Sources.parse("10.1.2.3"))
    assert (changed.endpoint.port, changed.terms) == (8080, 2)
    stale = await (await house.bob.click(card, buttons.APPROVE)).reply("has changed since")
    assert "for 30m" in stale.text
    await (await house.bob.click(await house.draw(changed), buttons.APPROVE)).reply("approved")
    assert (await house.now(mapping)).state is State.APPROVED


async def test_the_form_holds_what_is_asked_for(house: House) -> None:
    shown = house.bob.reads(await opened(house, await house.requested()))
    for what in ("1h", "10.0.0.0/8", "5005", "8080 (http)", "at most 1h"):
        assert what in shown


async def test_what_cannot_be_read_or_is_more_than_was_asked_for_is_told_beside_its_field(house: House) -> None:
    mapping = await house.requested()
    form = await opened(house, mapping)
    await house.bob.submit(form, filled(ttl="2", sources="the office"))
    assert "2h or 2m?" in form.errors[forms.TTL]
    assert "the office" in form.errors[forms.SOURCES]
    await house.bob.submit(form, filled(ttl="2h"))
    assert "asked for were 1h" in form.errors[forms.TTL]
    await house.bob.submit(form, filled(sources="8.8.8.8"))
    assert "asked for were" in form.errors[forms.SOURCES]
    assert await house.now(mapping) == mapping


async def test_whoever_asks_cannot_change_it(house: House) -> None:
    mapping = await house.requested()
    await (await house.alice.click(await house.draw(mapping), buttons.AMEND)).reply("your own request")
    assert house.audit()[-1] == "refused:amend"


async def test_what_was_decided_meanwhile_is_told_in_the_form(house: House) -> None:
    mapping = await house.requested()
    form = await opened(house, mapping)
    await house.withdrawn(mapping)
    await house.bob.submit(form, filled())
    await house.bob.modal("over already")
    await (await house.bob.click(await house.draw(mapping), buttons.AMEND)).reply("over already")
