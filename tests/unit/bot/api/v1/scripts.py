"""V1 in front of a town: what a script of the previous service's sees."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import httpx
from prometheus_client import CollectorRegistry

from bot.api.app import Doors, make_api, make_entry_api
from bot.api.callers import Callers
from bot.api.tokens import Scope, Token
from bot.api.tokens.token import Tokens, digest_of
from bot.api.v1 import Guard, Previous, make_v1
from core.adapters.memory.listening import MemoryConnection
from core.domain.people import TeamId
from core.domain.policy import Policy, Rule
from core.domain.route import PortRange
from core.domain.sources import Sources
from core.services.access import Terrain
from core.services.direct import Direct
from tests.unit.core.samples import ALICE, PORTS
from tests.unit.core.services.town import REST, Town, WatchedGateway

ENTRY: Final = 8849
LONGEST: Final = timedelta(hours=3)
SECRETS: Final = {name: f"the-secret-of-{name}-0123456789" for name in ("ci", "reader", "approver", "alice")}
TOKENS: Final = Tokens(
    tuple(
        Token(name, digest_of(SECRETS[name].encode()), frozenset(scopes), user)
        for name, scopes, user in (
            ("ci", {Scope.REQUEST}, None),
            ("reader", {Scope.READ}, None),
            ("approver", {Scope.APPROVE}, ALICE.user),
            ("alice", {Scope.REQUEST}, ALICE.user),
        )
    )
)
POLICY: Final = Policy(
    (Rule(("payments",), v1=True, max_ttl=LONGEST, max_lifetime=LONGEST), Rule(("secret",))),
)
FAR: Final = "10.8.0.9"


class Scripts:
    """Calls the API from somewhere.

    Attributes:
        team: our workspace, once Slack has said it.
    """

    def __init__(self, town: Town) -> None:
        self.town = town
        self.team: TeamId | None = ALICE.team
        terrain = Terrain(PORTS, REST, entry=ENTRY)
        direct = Direct(town.transactions, town.cluster, lambda: town.policy, terrain)
        previous = Previous(direct, town.cluster, lambda: town.policy, "gw.example.com")
        callers = Callers(TOKENS.find, lambda: self.team)
        allowed = Guard(callers, allowed=Sources.parse("10.8.0.0/24"))
        self._api = make_api({}, CollectorRegistry(), Doors(v1=make_v1(previous, allowed)))
        self._entry = make_entry_api(make_v1(previous, Guard(callers, addresses=False)))

    async def ask(
        self,
        method: str,
        path: str = "/api/v1/mapping",
        *,
        peer: str = "127.0.0.1",
        token: str | None = None,
        by_entry: bool = False,
        **how: Any,
    ) -> httpx.Response:
        headers = dict(how.pop("headers", {})) | ({"Authorization": f"Bearer {SECRETS[token]}"} if token else {})
        transport = httpx.ASGITransport(self._entry if by_entry else self._api, client=(peer, 12345))
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            return await client.request(method, path, headers=headers, **how)

    async def post(self, body: Any = None, **how: Any) -> httpx.Response:
        return await self.ask("POST", json=body if body is not None else {"pod_name": "payments/api-0"}, **how)

    async def posted(self, **fields: Any) -> dict[str, Any]:
        """Have a pod opened; returns the envelope."""
        answer = await self.post({"pod_name": "payments/api-0", **fields})
        assert answer.status_code == 200
        return dict(answer.json())

    def connect(self, port: int = ENTRY) -> MemoryConnection:
        """Come to a port as somebody."""
        return self.town.gateway.connect(port, "10.0.0.1")


@asynccontextmanager
async def scripts_in(town: Town) -> AsyncIterator[Scripts]:
    """Open the API; the pods have the entry port's number, too."""
    town.policy = POLICY
    town.gateway = WatchedGateway(PORTS, town.clock, PortRange(ENTRY, ENTRY))
    for ref, pod in list(town.cluster._pods.items()):
        town.cluster.put(replace(pod, ref=replace(ref, namespace="secret")))
    yield Scripts(town)
