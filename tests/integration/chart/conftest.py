from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from tests.integration.chart.charts import Chart, Rendered, Values
from tests.integration.chart.clusters import ACCOUNT, RoleHands, Server, as_account
from tests.real_parts import KubeApi

BY_NAMESPACE: Values = {
    "serviceAccount": "bot-of-namespaces",
    "helmTest": {"enabled": False},
    "v2": {"enabled": True},
}
EVERYWHERE: Values = {
    "serviceAccount": "bot-of-patterns",
    "helmTest": {"enabled": False},
    "policy": {"content": {"rules": [{"namespaces": ["team-*"]}]}},
}


@dataclass
class Installed:
    """The chart's account with its roles, what works with them, and the administrator's hands."""

    rendered: Rendered
    api: KubeApi
    cluster: KubernetesCluster
    hands: RoleHands


@pytest.fixture(scope="session")
def chart(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> Chart:
    return Chart(helm, tmp_path_factory.mktemp("helm"))


@pytest.fixture
async def server(kube_api: KubeApi) -> AsyncIterator[Server]:
    async with kube_api.client() as client:
        yield Server(client)


@pytest.fixture(params=[BY_NAMESPACE, EVERYWHERE], ids=["roles", "a cluster role"])
async def installed(
    request: pytest.FixtureRequest, chart: Chart, kube_api: KubeApi, server: Server, tmp_path: Path
) -> AsyncIterator[Installed]:
    rendered = chart.render(request.param)
    await server.namespace("infra")
    wide = [found for kind in ("ServiceAccount", "ClusterRole", "ClusterRoleBinding") for found in rendered.of(kind)]
    for found in wide:
        await server.have(found)
    token = await server.token(rendered.pod["serviceAccountName"], "infra")
    api = as_account(kube_api, token)
    kubeconfig = api.write_kubeconfig(tmp_path / "kubeconfig", ACCOUNT)
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(KubernetesCluster(Credentials(str(kubeconfig))))
        yield Installed(rendered, api, cluster, RoleHands(server.client, rendered, server))
    for found in wide:
        await server.forget(found)
