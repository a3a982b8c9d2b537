import asyncio

from tests.unit.bot.api.v2.counter import Counter


async def test_a_freeze_revokes_everything_and_refuses_until_it_is_thawed(counter: Counter) -> None:
    opened, waiting = await counter.open(), await counter.made(target="payments/api-1:5005")
    frozen = (await counter.post("ops", "/freeze", {"reason": "a token leaks"})).json()
    assert (frozen["frozen"], frozen["by"], frozen["reason"]) == (True, "rest:ops", "a token leaks")
    assert frozen["revoked"] == [opened["id"], waiting["id"]]
    refused = await counter.post("ci", "/mappings", {"target": "payments/api-0:5005"})
    assert (refused.status_code, refused.json()["title"]) == (403, "Frozen")
    assert refused.json()["detail"] == "everything is frozen by rest:ops: a token leaks"
    await asyncio.sleep(1)
    ending = (await counter.now(opened))["ending"]
    assert (ending["cause"], ending["by"], ending["detail"]) == ("revoked", "rest:ops", "a token leaks")
    thawed = (await counter.post("ops", "/thaw")).json()
    assert (thawed["frozen"], thawed["reason"]) == (False, "a token leaks")
    await counter.made()


async def test_a_namespace_can_be_revoked_alone(counter: Counter) -> None:
    waiting = await counter.made()
    assert (await counter.post("ops", "/revoke-all", {"namespace": "elsewhere"})).json() == {"revoked": []}
    assert (await counter.post("ops", "/revoke-all", {"namespace": "payments"})).json() == {"revoked": [waiting["id"]]}
    assert (await counter.post("ops", "/revoke-all", {"namespace": "no_name"})).status_code == 422


async def test_thawing_what_is_not_frozen_changes_nothing(counter: Counter) -> None:
    thawed = (await counter.ask("ops", "POST", "/thaw")).json()
    assert thawed == {"frozen": False, "by": None, "since": None, "reason": "", "revoked": []}
