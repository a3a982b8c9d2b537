from pathlib import Path

from bot.doctor.gateway import running
from tests.unit.bot.doctor.patients import CONFIG, SOMEBODY_ELSES, Process, SomeGateway, lines, opening, patient

STALE = opening(SomeGateway(Process(config="fedcba9876543210")))
DOWN = opening(SomeGateway(process=None))


async def test_the_right_configuration_is_well(tmp_path: Path) -> None:
    assert lines(await running(patient(tmp_path))) == [
        f"ok   it: HAProxy 2.8.25 answers, with the configuration of these settings ({CONFIG})"
    ]


async def test_another_configuration_is_noted_and_kept_until_idle(tmp_path: Path) -> None:
    [found] = await running(patient(tmp_path, gateway=STALE))
    assert found.level == "note"
    assert "runs configuration fedcba9876543210, and these settings make 0123456789abcdef; it is kept" in found.text


async def test_another_configuration_of_somebody_elses_haproxy_is_theirs_to_change(tmp_path: Path) -> None:
    [found] = await running(patient(tmp_path, gateway=STALE, gateway_plan=SOMEBODY_ELSES))
    assert (found.level, "haproxy-config" in found.remedy) == ("note", True)


async def test_an_embedded_haproxy_may_be_down_before_serve_starts_it(tmp_path: Path) -> None:
    assert lines(await running(patient(tmp_path, gateway=DOWN))) == [
        "ok   it: HAProxy does not run, and serve starts it: HAProxy 2.8.25"
    ]


async def test_somebody_elses_haproxy_must_run(tmp_path: Path) -> None:
    [found] = await running(patient(tmp_path, gateway=DOWN, gateway_plan=SOMEBODY_ELSES))
    assert (found.level, found.text[:41]) == ("FAIL", "the gateway at /run/admin.sock does not a")
