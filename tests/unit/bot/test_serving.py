import pytest
from structlog.testing import capture_logs

from bot.serving import remark_on


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_host_that_is_everybodys_own_machine_is_warned_of(host: str) -> None:
    with capture_logs() as told:
        await remark_on(host)
    [event] = told
    assert (event["event"], event["log_level"]) == ("host.leads_nowhere", "warning")
    assert host in event["message"]
    assert "--advertise-host" in event["hint"]


async def test_a_host_that_others_reach_is_not_worth_a_word() -> None:
    with capture_logs() as told:
        await remark_on("10.9.8.7")
    assert not told
