from pathlib import Path

from bot.bootstrap import patient_of
from bot.gateways import haproxy_files
from bot.settings import load


async def test_doctor_knows_the_configuration_that_was_written_for_a_haproxy_of_ones_own(tmp_path: Path) -> None:
    written = haproxy_files(load(["--ports", "20000-20003"], {}), tmp_path)
    socket = ("--gateway", "socket", "--haproxy-socket", str(tmp_path / "admin.sock"))
    plan = patient_of(load(["--ports", "20000-20003", *socket, "--state-dir", "/elsewhere"], {})).gateway_plan
    assert f"str({await plan.config()})" in written[tmp_path / "haproxy.cfg"]
