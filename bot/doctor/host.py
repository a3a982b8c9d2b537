"""The advertised host: colleagues can find it, and get to the ports there."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Final, TypeAlias

from bot.doctor.patient import Patient
from bot.doctor.report import Finding, fail, note, ok
from core.domain.target import Address

_ADVICE: Final = "set --advertise-host to a name or address of this gateway that colleagues reach"

Resolver: TypeAlias = Callable[[str], Awaitable[Sequence[Address]]]


async def resolve(host: str) -> Sequence[Address]:
    """Ask the system, as a colleague's machine would ask its own.

    Raises:
        OSError: nobody knows the name.
    """
    try:
        return [ip_address(host)]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return sorted({ip_address(str(where[0]).partition("%")[0]) for *_, where in found}, key=str)


async def reachable(patient: Patient, resolver: Resolver = resolve) -> Sequence[Finding]:
    """The host is an address that others reach, or a name of one, and the ports do not listen on loopback alone."""
    listening = patient.listening
    found = []
    if listening.bind.is_loopback:
        found.append(fail(f"the ports listen on {listening.bind}, which nobody else reaches", "set --bind-addr"))
    return [await leads_here(listening.advertise, resolver), *found]


async def leads_here(host: str, resolver: Resolver = resolve) -> Finding:
    """The host is an address that others reach, or a name of one; ``serve`` looks at the same."""
    try:
        addresses = await resolver(host)
    except (OSError, UnicodeError) as exc:  # the second: a label that is empty, or longer than a name may have
        return fail(f"{host} cannot be resolved: {exc}", _ADVICE)
    where = ", ".join(map(str, addresses))
    told = f"people are sent to {host}" + (f" ({where})" if where != host else "")
    if all(address.is_loopback or address.is_unspecified for address in addresses):
        return fail(f"{told}, which is everybody's own machine", _ADVICE)
    if "." not in host and ":" not in host:
        return note(f"{told}; elsewhere a name without a domain may lead nowhere", _ADVICE)
    return ok(told)
