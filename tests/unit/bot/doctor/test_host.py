from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest

from bot.doctor.host import reachable, resolve
from core.domain.target import Address
from tests.unit.bot.doctor.patients import listening, patient


def leading_to(*addresses: str) -> object:
    async def resolver(_: str) -> Sequence[Address]:
        if not addresses:
            raise OSError(-2, "Name or service not known")
        return [ip_address(address) for address in addresses]

    return resolver


@pytest.mark.parametrize(
    ("host", "addresses", "level"),
    [
        ("gateway.example.com", ["10.1.2.3"], "ok"),
        ("gateway.example.com", ["127.0.1.1", "10.1.2.3"], "ok"),
        ("gateway.example.com", ["127.0.1.1"], "FAIL"),
        ("gateway.example.com", [], "FAIL"),
        ("gateway", ["10.1.2.3"], "note"),
        ("10.1.2.3", ["10.1.2.3"], "ok"),
        ("fd00::1", ["fd00::1"], "ok"),
        ("0.0.0.0", ["0.0.0.0"], "FAIL"),
    ],
)
async def test_a_host_must_lead_to_where_colleagues_get(
    tmp_path: Path, host: str, addresses: list[str], level: str
) -> None:
    advertising = patient(tmp_path, listening=listening(advertise=host))
    [found] = await reachable(advertising, leading_to(*addresses))  # type: ignore[arg-type]  # a test's shorthand
    assert (found.level, host in found.text) == (level, True)


async def test_ports_that_listen_on_loopback_alone_fail(tmp_path: Path) -> None:
    _, found = await reachable(patient(tmp_path, listening=listening(bind=IPv4Address("127.0.0.1"))))
    assert (found.level, found.text) == ("FAIL", "the ports listen on 127.0.0.1, which nobody else reaches")


async def test_the_system_is_asked_for_names_and_not_for_addresses() -> None:
    assert all(address.is_loopback for address in await resolve("localhost"))
    assert await resolve("192.0.2.1") == [IPv4Address("192.0.2.1")]


async def test_a_name_that_cannot_be_one_fails(tmp_path: Path) -> None:
    [found] = await reachable(patient(tmp_path, listening=listening(advertise="a..b")))
    assert (found.level, found.text[:24]) == ("FAIL", "a..b cannot be resolved:")
