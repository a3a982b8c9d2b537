"""Nobody is ever left without an answer, as long as Slack takes one."""

import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.slack import buttons
from bot.slack.door import SlackDoor
from bot.workspace import Workspace
from core.domain.people import Requester
from core.services.queries import Queries, Row
from tests.integration.slack.door.conftest import Opening
from tests.integration.slack.door.house import House


class _Defective(Queries):
    """Stumbles as soon as it is asked."""

    async def mine(self, person: Requester) -> list[Row]:
        raise ZeroDivisionError(str(person))


async def test_a_defect_is_acknowledged_and_answered_with_a_reference_that_the_log_has(
    opening: Opening, house: House
) -> None:
    house.services = replace(
        house.services, queries=_Defective(house.transactions, house.directory, house.services.policy)
    )
    with capture_logs() as logged:
        async with opening(house):
            typed = await house.alice.command("/proxy", "list", channel=house.channel)
    assert typed.acked
    [reply] = typed.replies
    [defect] = [entry for entry in logged if entry["event"] == "slack.defect"]
    assert isinstance(defect["exc_info"], ZeroDivisionError)
    assert re.search(rf"\b{defect['reference']}\b", reply.text)


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("code", ["used_url", "expired_url"])
async def test_where_the_response_url_is_used_up_a_method_answers(
    house: House, workspace: Workspace, code: str
) -> None:
    workspace.faults.fail("response_url", code)
    typed = await house.alice.command("/proxy", "list", channel=house.channel)
    reply = await typed.reply()
    assert (reply.origin.method, reply.ephemeral_to) == ("chat.postEphemeral", house.alice.id)


@pytest.mark.usefixtures("door")
async def test_so_it_does_where_the_connection_is_lost_in_the_thread_of_the_click(
    house: House, workspace: Workspace
) -> None:
    mapping = await house.opened()
    card = await house.draw(mapping)
    warning = await house.draw(mapping, thread_ts=card.ts)
    workspace.faults.drop_before("response_url")
    reply = await (await house.alice.click(warning, buttons.CLOSE)).reply()
    assert (reply.origin.method, reply.thread_ts) == ("chat.postEphemeral", card.ts)


@pytest.mark.usefixtures("door")
async def test_where_slack_does_not_take_the_blocks_it_gets_the_text(house: House, workspace: Workspace) -> None:
    workspace.faults.fail("response_url", "invalid_blocks")
    workspace.faults.fail("chat.postEphemeral", "invalid_blocks")
    typed = await house.alice.command("/proxy", "list", channel=house.channel)
    reply = await typed.reply()
    assert reply.text
    assert not reply.blocks


async def test_where_the_bot_may_not_post_the_response_url_answers(
    door: SlackDoor, house: House, workspace: Workspace
) -> None:
    elsewhere = workspace.add_channel("elsewhere", members=[house.alice], bot=False, private=True)
    await (await house.alice.command("/proxy", "help", channel=elsewhere)).reply()
    assert door.connected


async def test_where_slack_takes_no_answer_the_log_has_it(opening: Opening, house: House, workspace: Workspace) -> None:
    workspace.faults.fail("response_url", "used_url")
    workspace.faults.fail("chat.postEphemeral", "not_in_channel")
    with capture_logs() as logged:
        async with opening(house):
            typed = await house.alice.command("/proxy", "list", channel=house.channel)
    assert typed.acked
    assert not typed.replies
    assert [entry["person"] for entry in logged if entry["event"] == "slack.answer_lost"] == [
        str(house.person(house.alice))
    ]
