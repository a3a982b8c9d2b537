"""REST v2 in front of a town: what a script sees."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from bot.api.app import Doors, make_api
from bot.api.callers import Callers
from bot.api.tokens import Scope, Token
from bot.api.tokens.token import Tokens, digest_of
from bot.api.v2 import Rest, make_v2
from core.domain.people import Person, TeamId, UserId
from core.domain.policy import Policy, Principals, Rule
from core.services.brakes import Brakes
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE
from tests.unit.core.services.town import SOON, Town

SECRETS: Final = {
    name: f"the-secret-of-{name}-0123456789"
    for name in ("ci", "reader", "ops", "nobody", "alice", "bob", "stranger", "bare-alice", "everything")
}
ASKING: Final = frozenset({Scope.READ, Scope.REQUEST})
TOKENS: Final = (
    ("ci", ASKING, None),
    ("reader", {Scope.READ}, None),
    ("ops", {Scope.READ, Scope.OPERATE}, None),
    ("nobody", ASKING, None),
    ("alice", {*ASKING, Scope.APPROVE}, ALICE),
    ("bare-alice", {Scope.APPROVE}, ALICE),
    ("bob", {*ASKING, Scope.APPROVE}, BOB),
    ("everything", set(Scope), DAVE),
    ("stranger", ASKING, Person(TeamId("T1"), UserId("UNKNOWN1"))),
)
CLIENTS: Final = Principals(clients=frozenset({"ci"}))
EVERYBODY: Final = Principals(users=frozenset({ALICE.user, BOB.user, CAROL.user, DAVE.user}), clients=CLIENTS.clients)
POLICY: Final = Policy(
    (
        Rule(("payments",), requesters=EVERYBODY, approvals=1),
        Rule(("sandbox",), requesters=EVERYBODY, approvals=0, max_ttl=timedelta(hours=1)),
        Rule(("vault",), requesters=Principals(users=frozenset({CAROL.user})), approvers=Principals()),
    ),
    operators=Principals(users=frozenset({CAROL.user})),
)


class KnownTokens:
    """Tokens without a file."""

    def __init__(self, tokens: Collection[tuple[str, Collection[Scope], Person | None]] = TOKENS) -> None:
        self._tokens = Tokens(
            tuple(
                Token(name, digest_of(SECRETS[name].encode()), frozenset(scopes), person.user if person else None)
                for name, scopes, person in tokens
            )
        )

    def find(self, secret: str) -> Token | None:
        return self._tokens.find(secret)


class Counter:
    """Asks as somebody; what it is answered is checked to be JSON of the right kind."""

    def __init__(self, town: Town, api: FastAPI, client: httpx.AsyncClient, stopping: asyncio.Event) -> None:
        self.town, self.api, self.client, self.stopping = town, api, client, stopping
        self.team: TeamId | None = TeamId("T1")

    async def ask(self, name: str | None, method: str, path: str, **how: Any) -> httpx.Response:
        headers = dict(how.pop("headers", {}))
        if name is not None:
            headers["Authorization"] = f"Bearer {SECRETS[name]}"
        answer = await self.client.request(method, f"/api/v2{path}", headers=headers, **how)
        kind = "application/json" if answer.is_success else "application/problem+json"
        assert answer.headers["content-type"] == kind, answer.text
        if not answer.is_success:
            assert answer.json()["status"] == answer.status_code
        return answer

    async def get(self, who: str | None, path: str, **params: Any) -> httpx.Response:
        return await self.ask(who, "GET", path, params=params)

    async def post(self, name: str | None, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        return await self.ask(name, "POST", path, json=body if body is not None else {}, headers=given)

    async def made(self, name: str = "ci", target: str = "payments/api-0:5005", **more: Any) -> dict[str, Any]:
        """Ask for a mapping."""
        answer = await self.post(name, "/mappings", {"target": target, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def open(self, name: str = "ci", **more: Any) -> dict[str, Any]:
        """Ask, have bob approve, and wait until it is open."""
        made = await self.made(name, **more)
        assert (await self.post("bob", f"/mappings/{made['id']}/approve")).is_success
        await asyncio.sleep(SOON)
        return await self.now(made)

    async def now(self, mapping: dict[str, Any], name: str = "ci") -> dict[str, Any]:
        return dict((await self.get(name, f"/mappings/{mapping['id']}")).json())


@asynccontextmanager
async def counter_in(town: Town, tokens: KnownTokens | None = None) -> AsyncIterator[Counter]:
    """Open the counter."""
    town.policy = POLICY
    for ref, pod in list(town.cluster._pods.items()):
        town.cluster.put(replace(pod, ref=replace(ref, namespace="sandbox")))
        town.cluster.put(replace(pod, ref=replace(ref, namespace="vault")))
    stopping = asyncio.Event()
    callers = Callers((tokens or KnownTokens()).find, lambda: counter.team)
    policy = lambda: town.policy  # noqa: E731 - asked each time
    brakes = Brakes(town.transactions, town.directory, policy)
    rest = Rest(callers, town.access, town.queries, town.transactions, policy, "gw.example.com", stopping, brakes)
    api = make_api({}, CollectorRegistry(), Doors(v2=make_v2(rest)))
    transport = httpx.ASGITransport(api)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        counter = Counter(town, api, client, stopping)
        yield counter
