"""What somebody who got hold of the bot's token could do in the cluster."""

import httpx
import pytest

from tests.integration.chart.clusters import ACCOUNT, permissions
from tests.integration.chart.conftest import BY_NAMESPACE, EVERYWHERE, Installed
from tests.real_parts.kubernetes import NOBODY

READ = ("get", "list", "watch")
PODS = {("", "pods", verb) for verb in READ}
SERVICES = {(g, r, verb) for g, r in (("", "services"), ("discovery.k8s.io", "endpointslices")) for verb in READ}

in_either_shape = pytest.mark.parametrize(
    ("installed", "permitted"),
    [(BY_NAMESPACE, PODS | SERVICES), (EVERYWHERE, PODS)],
    indirect=["installed"],
    ids=["roles", "a cluster role"],
)


async def permitted_in(client: httpx.AsyncClient, namespace: str) -> set[tuple[str, str, str]]:
    """As the API server itself tells whoever asks."""
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    answer = await client.post(path, json={"spec": {"namespace": namespace}})
    assert answer.is_success, answer.text
    return permissions(answer.json())


@in_either_shape
async def test_the_account_may_look_and_nothing_else(
    installed: Installed, permitted: set[tuple[str, str, str]]
) -> None:
    namespace = await installed.hands.namespace()
    async with installed.api.client(ACCOUNT) as bot, installed.api.client(NOBODY) as nobody:
        anybody = await permitted_in(nobody, namespace)
        assert await permitted_in(bot, namespace) - anybody == permitted


@pytest.mark.parametrize("installed", [BY_NAMESPACE], indirect=True, ids=["roles"])
async def test_in_a_namespace_that_is_not_listed_it_may_do_nothing(installed: Installed) -> None:
    async with installed.api.client(ACCOUNT) as bot, installed.api.client(NOBODY) as nobody:
        assert await permitted_in(bot, "kube-system") == await permitted_in(nobody, "kube-system")
        assert (await bot.get("/api/v1/namespaces/kube-system/pods")).status_code == 403
        assert (await bot.get("/api/v1/pods")).status_code == 403


@in_either_shape
async def test_what_would_do_harm_is_refused(installed: Installed, permitted: set[tuple[str, str, str]]) -> None:
    assert permitted
    namespace = f"/api/v1/namespaces/{await installed.hands.namespace()}"
    pod = {"metadata": {"name": "evil"}, "spec": {"containers": [{"name": "main", "image": "evil"}]}}
    attempts: list[tuple[str, str, object]] = [
        ("POST", f"{namespace}/pods", pod),
        ("DELETE", f"{namespace}/pods/api-0", None),
        ("GET", f"{namespace}/pods/api-0/log", None),
        ("POST", f"{namespace}/pods/api-0/exec?command=sh", None),
        ("GET", f"{namespace}/secrets", None),
        ("GET", f"{namespace}/configmaps", None),
        ("POST", f"{namespace}/serviceaccounts/default/token", {"spec": {}}),
        ("GET", "/api/v1/nodes", None),
    ]
    async with installed.api.client(ACCOUNT) as bot:
        answers = {(verb, path): await bot.request(verb, path, json=body) for verb, path, body in attempts}
    assert {answer.status_code for answer in answers.values()} == {403}
