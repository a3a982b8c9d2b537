import pytest

from bot.slack.buttons import extend_action
from bot.workspace import Settings
from core.domain.errors import ClusterForbidden, StorageUnavailable
from core.domain.mapping import Place
from core.domain.people import Standing
from core.domain.states import State
from core.domain.target import Kind, Target
from tests.integration.slack.door.house import HOUR, House

pytestmark = pytest.mark.usefixtures("door")


async def test_a_request_is_acknowledged_made_and_answered_to_the_asker_alone(house: House) -> None:
    typed = await house.alice.command("/proxy", "pod payments/api-0:5005 30m why not", channel=house.channel)
    assert typed.acked
    reply = await typed.reply("api-0")
    assert reply.ephemeral_to == house.alice.id
    [mapping] = house.mappings()
    assert (mapping.target, mapping.reason) == (Target(Kind.POD, "payments", "api-0", 5005), "why not")
    assert (mapping.requester, mapping.place) == (house.person(house.alice), Place(house.channel.id))
    assert mapping.state is State.REQUESTED


async def test_a_request_in_the_conversation_with_the_bot_is_a_direct_one(house: House) -> None:
    typed = await house.alice.command("/proxy", "pod sandbox/api-0 30m", channel=house.alice.app_dm)
    await typed.reply("api-0")
    [mapping] = house.mappings()
    assert (mapping.place, mapping.state) == (Place(house.alice.app_dm.id, direct=True), State.APPROVED)


async def test_asking_again_makes_no_second_mapping(house: House) -> None:
    for _ in range(2):
        await (await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel)).reply("api-0")
    assert len(house.mappings()) == 1


async def test_asking_again_for_what_is_open_brings_it_back_with_buttons_that_work(house: House) -> None:
    mapping = await house.opened()
    typed = await house.alice.command("/proxy", "pod payments/api-0:5005", channel=house.channel)
    found = await typed.reply(str(mapping.port))
    clicked = await house.alice.click(found, extend_action(0))
    await clicked.reply("30m more")
    assert mapping.expires_at
    assert (await house.now(mapping)).expires_at == mapping.expires_at + HOUR / 2
    assert len(house.mappings()) == 1


async def test_ones_own_mappings_are_listed_and_everybodys(house: House) -> None:
    await house.requested()
    for text in ("list", "list all"):
        typed = await house.alice.command("/proxy", text, channel=house.channel)
        assert (await typed.reply()).ephemeral_to == house.alice.id


@pytest.mark.parametrize("name", ["port", "id"])
async def test_a_mapping_is_extended_by_its_port_or_its_id(house: House, name: str) -> None:
    mapping = await house.opened()
    reference = str(mapping.port) if name == "port" else f"m{mapping.id}"
    await (await house.alice.command("/proxy", f"extend {reference} 30m", channel=house.channel)).reply()
    assert mapping.expires_at
    assert (await house.now(mapping)).expires_at == mapping.expires_at + HOUR / 2


async def test_a_mapping_is_closed_by_its_port_and_a_request_taken_back_by_its_id(house: House) -> None:
    opened, requested = await house.opened("sandbox"), await house.requested()
    for reference in (opened.port, f"m{requested.id}"):
        await (await house.alice.command("/proxy", f"close {reference}", channel=house.channel)).reply()
    assert (await house.now(opened)).state is State.CLOSING
    assert (await house.now(requested)).state is State.WITHDRAWN


async def test_help_is_given_to_whoever_asks_for_it(house: House) -> None:
    typed = await house.alice.command("/proxy", "help", channel=house.channel)
    assert (await typed.reply()).ephemeral_to == house.alice.id


@pytest.mark.parametrize(
    "text",
    [
        "open sesame",
        "pod api-0",
        "pod payments/api-0 2",
        "pod payments/api-0 0m",
        "pod payments/api-0:70000",
        "pod payments/api-0 from 10.1.2.300",
        "extend 10004",
        "close",
    ],
)
async def test_what_cannot_be_read_is_answered_with_the_input_and_makes_nothing(house: House, text: str) -> None:
    typed = await house.alice.command("/proxy", text, channel=house.channel)
    assert typed.acked
    reply = await typed.reply(text.rsplit(maxsplit=1)[-1])
    assert reply.ephemeral_to == house.alice.id
    assert "/proxy" in reply.text
    assert not house.mappings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pod secret/api-0", "secret"),
        ("pod payments/api-7", "api-7"),
        ("pod payments/api-0 9h", "3h"),
        ("pod payments/api-0 from 8.8.8.8", "8.8.8.8"),
        ("extend 10009 30m", "10009"),
        ("close m77", "m77"),
    ],
)
async def test_what_is_not_allowed_or_not_there_is_refused_with_the_reason(house: House, text: str, told: str) -> None:
    typed = await house.alice.command("/proxy", text, channel=house.channel)
    assert (await typed.reply(told)).ephemeral_to == house.alice.id
    assert not house.mappings()


async def test_a_refusal_makes_one_audit_entry(house: House) -> None:
    await (await house.alice.command("/proxy", "pod secret/api-0", channel=house.channel)).reply("secret")
    assert house.audit() == ["refused:request"]


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.BOT, Standing.DEACTIVATED, Standing.STRANGER])
async def test_only_full_members_ask(house: House, standing: Standing) -> None:
    somebody = house.let_in("somebody", standing)
    house.channel.members.add(somebody.id)
    typed = await somebody.command("/proxy", "pod payments/api-0", channel=house.channel)
    await typed.reply("members")
    assert not house.mappings()


async def test_what_a_part_of_ours_does_not_do_is_told(house: House) -> None:
    house.cluster.fail_with(ClusterForbidden("get", "pods", "payments"))
    await (await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel)).reply("get")
    house.directory.reachable = False
    await (await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel)).reply()
    house.storage.fail_with(StorageUnavailable("the database is locked"))
    await (await house.alice.command("/proxy", "list", channel=house.channel)).reply()
    house.storage.fail_with(None)
    assert not house.mappings()


async def test_an_unknown_command_is_acknowledged_and_told_so(house: House) -> None:
    house.workspace.state.settings = Settings(commands=("/proxy", "/tunnel"))
    typed = await house.alice.command("/tunnel", "pod payments/api-0", channel=house.channel)
    assert typed.acked
    await typed.reply("/tunnel")
    assert not house.mappings()
