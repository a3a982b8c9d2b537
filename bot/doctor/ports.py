"""The listening ports: nobody else hands them out, and nobody holds them."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from bot.doctor.patient import Listening, Patient
from bot.doctor.report import Finding, fail, note, ok
from core.domain.errors import GatewayError
from core.domain.route import PortRange

NODE_PORTS: Final = PortRange(30_000, 32_767)
"""Kubernetes' default (kube-apiserver, ``--service-node-port-range``)."""
_LOCAL: Final = "ip_local_port_range"
_RESERVED: Final = "ip_local_reserved_ports"
_FLAGS: Final = "--ports (--default-map-port with V1, --port-range-start and --port-range-end with V2)"
_SHOWN: Final = 5


async def apart_from_others(patient: Patient) -> Sequence[Finding]:
    """Neither the kernel nor Kubernetes hands out these ports."""
    found = [problem for ports in patient.listening.ports.ranges for problem in _overlaps(ports, patient.kernel)]
    return found or [ok(f"{patient.listening.ports} is apart from the kernel's ports and from Kubernetes' NodePorts")]


def _overlaps(ports: PortRange, kernel_settings: Path) -> Iterator[Finding]:
    kernel = _kernel_range(kernel_settings)
    if kernel is not None and not _overlap(ports, kernel) <= _reserved(kernel_settings):
        text = f"{ports} overlaps {kernel}, from which the kernel takes the near ends of outgoing connections"
        yield fail(text, f"choose other {_FLAGS}, or add {ports} to net.ipv4.{_RESERVED}")
    if ports.overlaps(NODE_PORTS):
        yield fail(f"{ports} overlaps Kubernetes' NodePorts, {NODE_PORTS}", f"choose other {_FLAGS}")


async def free(patient: Patient) -> Sequence[Finding]:
    """Nobody holds the ports, unless it is the gateway that these settings make."""
    running = await _running_config(patient)
    if running is None:
        return [_bindable(patient.listening)]
    if running == await patient.gateway_plan.config():
        return [ok(f"{patient.listening.ports} is held by the gateway")]
    return [_beside_another_gateway(patient.listening)]


async def _running_config(patient: Patient) -> str | None:
    """Ask HAProxy for the mark of its configuration; ``None`` where none answers."""
    try:
        async with patient.gateway() as gateway:
            return (await gateway.identity()).config
    except GatewayError:
        return None


def _bindable(listening: Listening) -> Finding:
    taken = _taken(listening)
    if errno.EADDRNOTAVAIL in taken:
        return fail(f"{listening.bind} is no address of this machine", "choose another --bind-addr")
    if taken:
        advice = "choose other ports, or end what holds them (ss -ltnp)"
        return fail(f"some ports cannot be used: {_said(taken)}", advice)
    return ok(f"{listening.ports} is free")


def _beside_another_gateway(listening: Listening) -> Finding:
    """Look who holds them where HAProxy runs another configuration: it may have some of them, or none."""
    taken = _taken(listening)
    if not taken:
        return ok(f"{listening.ports} is free; HAProxy runs, with other ports")
    text = f"HAProxy runs another configuration, so these may be its own or somebody else's: {_said(taken)}"
    return note(text, "ss -ltnp tells who holds them")


def _taken(listening: Listening) -> dict[int, list[int]]:
    """Find the ports that cannot be had, by the error."""
    taken: dict[int, list[int]] = {}
    for port in (*listening.ports.numbers(), *listening.extra_ports):
        problem = _bind_error(listening.bind, port)
        if problem:
            taken.setdefault(problem, []).append(port)
    return taken


def _said(taken: Mapping[int, Sequence[int]]) -> str:
    return "; ".join(f"{os.strerror(problem)}: {_listed(held)}" for problem, held in taken.items())


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
