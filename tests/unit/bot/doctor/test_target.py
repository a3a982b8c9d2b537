from pathlib import Path

import pytest

from bot.doctor.target import reachable
from core.domain.errors import PodNotFound
from core.domain.policy import Policy
from core.domain.refusals import PortUnclear
from core.domain.route import Probe
from core.domain.target import Kind, Target
from tests.unit.bot.doctor.patients import SomeGateway, lines, opening, patient, saying


def target(text: str = "payments/api-0") -> Target:
    return Target.parse(Kind.POD, text)


async def test_a_pod_that_answers_the_gateway_is_well(tmp_path: Path) -> None:
    assert lines(await reachable(target(), patient(tmp_path))) == [
        "ok   it: payments/api-0 answers the gateway on 10.1.2.3:80"
    ]


async def test_a_pod_that_refuses_may_listen_on_localhost_only(tmp_path: Path) -> None:
    refusing = patient(tmp_path, gateway=opening(SomeGateway(probed=Probe.REFUSED)))
    assert lines(await reachable(target(), refusing)) == [
        "FAIL it: payments/api-0: nothing listens on 10.1.2.3:80 -> does the program listen on localhost only?"
    ]


async def test_a_pod_that_is_silent_may_be_behind_a_network_policy(tmp_path: Path) -> None:
    silent = patient(tmp_path, gateway=opening(SomeGateway(probed=Probe.SILENT)))
    [found] = await reachable(target(), silent)
    assert (found.level, "NetworkPolicy" in found.remedy) == ("FAIL", True)


async def test_without_haproxy_nothing_can_be_tried(tmp_path: Path) -> None:
    [found] = await reachable(target(), patient(tmp_path, gateway=opening(SomeGateway(process=None))))
    assert found.line("it").startswith("FAIL it: payments/api-0 is not tried: the gateway at /run/admin.sock")
    assert found.remedy.startswith("start serve")


async def test_a_namespace_without_a_rule_is_noted(tmp_path: Path) -> None:
    _, found = await reachable(target(), patient(tmp_path, policy=saying(Policy(()))))
    assert (found.level, found.text) == ("note", "no rule of the policy covers payments")


async def test_a_pod_or_a_port_that_is_not_there_is_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(PodNotFound):
        await reachable(target("payments/api-1"), patient(tmp_path))
    with pytest.raises(PortUnclear):
        await reachable(target("payments/api-0:http"), patient(tmp_path))
