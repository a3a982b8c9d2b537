"""What the tests do on a real API server with what the chart rendered."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx

from tests.contract.cluster.hands import ApiHands
from tests.integration.chart.charts import Object, Rendered
from tests.real_parts import KubeApi

ACCOUNT: Final = "the account"
OPERATOR: Final = "monitoring.coreos.com"


@dataclass
class Server:
    """The API server, as its administrator."""

    client: httpx.AsyncClient
    paths: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)

    async def create(self, found: Object, *, dry: bool = False) -> httpx.Response:
        params = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry else {})
        return await self.client.post(await self._path(found), json=found, params=params)

    async def make(self, found: Object) -> Object:
        answer = await self.create(found)
        assert answer.is_success, answer.text
        made: Object = answer.json()
        return made

    async def have(self, found: Object) -> None:
        """Make it where it is not there yet: who else makes it makes the same."""
        answer = await self.create(found)
        assert answer.status_code in {201, 409}, answer.text

    async def forget(self, found: Object) -> None:
        """Delete it, if it is there."""
        answer = await self.client.delete(f"{await self._path(found)}/{found['metadata']['name']}")
        assert answer.status_code in {200, 404}, answer.text

    async def namespace(self, name: str) -> None:
        answer = await self.client.post("/api/v1/namespaces", json={"metadata": {"name": name}})
        assert answer.status_code in {201, 409}, answer.text

    async def custom_kinds(self, kinds: Iterable[str]) -> None:
        """Have the Prometheus Operator's kinds, whatever may be in them."""
        for kind in kinds:
            await self.have(definition(kind))
            while not await self._served(kind):  # noqa: ASYNC110 - nothing tells when it comes true
                await asyncio.sleep(0.05)

    async def token(self, account: str, namespace: str) -> str:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        answer = await self.client.post(path, json={"spec": {"expirationSeconds": 3600}})
        assert answer.is_success, answer.text
        token: str = answer.json()["status"]["token"]
        return token

    async def _served(self, kind: str) -> bool:
        answer = await self.client.get(f"/apis/{OPERATOR}/v1/namespaces/default/{kind.lower()}s")
        return answer.is_success

    async def _path(self, found: Object) -> str:
        version, kind = found["apiVersion"], found["kind"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self.paths:
            for one in (await self.client.get(base)).json()["resources"]:
                if "/" not in one["name"]:
                    self.paths[version, one["kind"]] = (one["name"], one["namespaced"])
        name, namespaced = self.paths[version, kind]
        return f"{base}/namespaces/{found['metadata']['namespace']}/{name}" if namespaced else f"{base}/{name}"


def definition(kind: str) -> Object:
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{OPERATOR}"},
        "spec": {
            "group": OPERATOR,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [version],
        },
    }


def as_account(api: KubeApi, token: str) -> KubeApi:
    """The same server, that also knows the service account."""
    return replace(api, tokens={**api.tokens, ACCOUNT: token})


@dataclass
class RoleHands(ApiHands):
    """Makes each namespace as the chart's would be: with the Role and the RoleBinding that it rendered."""

    rendered: Rendered
    server: Server

    async def namespace(self) -> str:
        name = await super().namespace()
        for kind in ("Role", "RoleBinding"):
            for found in self.rendered.of(kind)[:1]:
                await self.server.make(moved(found, name))
        return name


def moved(found: Object, namespace: str) -> Object:
    return {**found, "metadata": {**found["metadata"], "namespace": namespace}}


def permissions(review: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """Who may do what, one by one: (group, resource, verb)."""
    return {
        (group, resource, verb)
        for rule in review["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
