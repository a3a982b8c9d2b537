"""The listening ports: nobody else hands them out, and nobody holds them."""

import errno
import os
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from bot.doctor.patient import Listening, Patient
from bot.doctor.report import Finding, fail, ok
from core.domain.errors import GatewayError
from core.domain.route import PortRange

NODE_PORTS: Final = PortRange(30_000, 32_767)
"""Kubernetes' default (kube-apiserver, ``--service-node-port-range``)."""
_LOCAL: Final = "ip_local_port_range"
_RESERVED: Final = "ip_local_reserved_ports"
_SHOWN: Final = 5


async def apart_from_others(patient: Patient) -> Sequence[Finding]:
    """Neither the kernel nor Kubernetes hands out these ports."""
    ports = patient.listening.ports
    kernel = _kernel_range(patient.kernel)
    found = []
    if kernel is not None and not _overlap(ports, kernel) <= _reserved(patient.kernel):
        text = f"{ports} overlaps {kernel}, from which the kernel takes the near ends of outgoing connections"
        found.append(fail(text, f"choose other --ports, or add {ports} to net.ipv4.{_RESERVED}"))
    if ports.overlaps(NODE_PORTS):
        found.append(fail(f"{ports} overlaps Kubernetes' NodePorts, {NODE_PORTS}", "choose other --ports"))
    return found or [ok(f"{ports} is apart from the kernel's ports and from Kubernetes' NodePorts")]


async def free(patient: Patient) -> Sequence[Finding]:
    """Nobody holds the ports, unless it is the gateway."""
    if await _gateway_holds_them(patient):
        return [ok(f"{patient.listening.ports} is held by the gateway")]
    return [_bindable(patient.listening)]


async def _gateway_holds_them(patient: Patient) -> bool:
    try:
        async with patient.gateway() as gateway:
            await gateway.identity()
    except GatewayError:
        return False
    return True


def _bindable(listening: Listening) -> Finding:
    taken: dict[int, list[int]] = {}
    for port in (*listening.ports.numbers(), *listening.extra_ports):
        problem = _bind_error(listening.bind, port)
        if problem:
            taken.setdefault(problem, []).append(port)
    if errno.EADDRNOTAVAIL in taken:
        return fail(f"{listening.bind} is no address of this machine", "choose another --bind-addr")
    if taken:
        said = "; ".join(f"{os.strerror(problem)}: {_listed(held)}" for problem, held in taken.items())
        return fail(f"some ports cannot be used: {said}", "choose other --ports, or end what holds them (ss -ltnp)")
    return ok(f"{listening.ports} is free")


def _bind_error(address: IPv4Address, port: int) -> int:
    """Try to take a port, without listening on it; 0 where that works."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
        except OSError as exc:
            return exc.errno or errno.EADDRINUSE
    return 0


def _listed(ports: Sequence[int]) -> str:
    more = len(ports) - _SHOWN
    return ", ".join(map(str, ports[:_SHOWN])) + (f" and {more} more" if more > 0 else "")


def _kernel_range(folder: Path) -> PortRange | None:
    """Read the kernel's range; ``None`` where there is no such kernel."""
    try:
        first, last = (folder / _LOCAL).read_text().split()
    except FileNotFoundError:
        return None
    return PortRange(int(first), int(last))


def _reserved(folder: Path) -> frozenset[int]:
    """Read the ports that the kernel leaves alone: ``8080,9000-9100``."""
    try:
        parts = (folder / _RESERVED).read_text().strip().split(",")
    except FileNotFoundError:
        return frozenset()
    return frozenset(_numbers(part for part in parts if part))


def _numbers(parts: Iterable[str]) -> Iterable[int]:
    for part in parts:
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _overlap(one: PortRange, other: PortRange) -> frozenset[int]:
    return frozenset(range(max(one.first, other.first), min(one.last, other.last) + 1))
