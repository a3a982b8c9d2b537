"""Who may use V1: whoever has a token, and without one those who are really on this machine, or in a named network."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import Request

from bot.api.callers import Caller, Callers
from bot.api.errors import TokenMissing
from bot.api.tokens import Scope
from core.domain.people import Client
from core.domain.sources import Sources
from core.domain.target import Address

LOOPBACK: Final = Client("loopback")
_FOR_SOMEBODY_ELSE: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via", "origin", "sec-fetch-site")
"""Headers of a proxy, or of a browser that a page told to ask: whoever is behind it is not this peer.

They can only take away what the address gives, never give anything.
"""


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in.

    Args:
        callers: knows who calls, by a token.
        addresses: whether an address counts; not where everybody comes through HAProxy and looks like loopback.
        allowed: networks that need no token, beside loopback.
    """

    callers: Callers
    addresses: bool = True
    allowed: Sources | None = None

    def let_in(self, request: Request, *scopes: Scope) -> Caller:
        """Find who calls; a token that is given has to be good, whatever the address, for one of these.

        Raises:
            Unknown: nobody knows.
            ScopeMissing: the token is good for other things.
        """
        authorization = request.headers.get("authorization")
        if authorization is None:
            return self._by_address(request)
        caller = self.callers.known(authorization)
        if not caller.scopes & set(scopes):
            caller.need(scopes[-1])
        return caller

    def _by_address(self, request: Request) -> Caller:
        address = _peer(request)
        if address is None or not self.addresses or any(name in request.headers for name in _FOR_SOMEBODY_ELSE):
            raise TokenMissing
        if address.is_loopback:
            return Caller(LOOPBACK, frozenset({Scope.READ, Scope.REQUEST}))
        if self.allowed is not None and self.allowed.admits(address):
            return Caller(Client(str(address)), frozenset({Scope.READ, Scope.REQUEST}))
        raise TokenMissing


def _peer(request: Request) -> Address | None:
    """Tell who is at the other end of the connection."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
