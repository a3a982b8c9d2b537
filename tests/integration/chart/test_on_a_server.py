"""What a real API server says to what the chart rendered."""

import asyncio
import json
import subprocess
from secrets import token_hex

import pytest

from tests.integration.chart.charts import CHART, EVERYTHING, VARIANTS, Chart, Values
from tests.integration.chart.clusters import Server
from tests.real_parts import KubeApi


@pytest.fixture
async def namespace(server: Server) -> str:
    name = f"infra-{token_hex(4)}"
    await server.namespace(name)
    return name


@pytest.mark.parametrize("values", VARIANTS.values(), ids=list(VARIANTS))
async def test_every_object_is_accepted(chart: Chart, server: Server, values: Values) -> None:
    rendered = chart.render(values)
    await server.namespace("infra")
    await server.custom_kinds({"ServiceMonitor", "PrometheusRule"} & {one["kind"] for one in rendered.objects})
    answers = [(one["kind"], await server.create(one, dry=True)) for one in rendered.objects]
    assert [(kind, answer.text) for kind, answer in answers if not answer.is_success] == []


@pytest.mark.parametrize("variant", ["dataplane", "embedded", "with everything"])
async def test_without_the_nodes_network_the_strictest_pod_security_is_met(
    chart: Chart, server: Server, namespace: str, variant: str
) -> None:
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    patch = {"Content-Type": "application/merge-patch+json"}
    answer = await server.client.patch(f"/api/v1/namespaces/{namespace}", json=label, headers=patch)
    assert answer.is_success
    rendered = chart.render({**VARIANTS[variant], "hostNetwork": False})
    for name, spec in {"bot": rendered.pod, "test": rendered.one("Pod")["spec"]}.items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
        answer = await server.create(pod, dry=True)
        assert answer.is_success, answer.text


async def install(chart: Chart, api: KubeApi, values: Values, namespace: str) -> subprocess.CompletedProcess[str]:
    where = ("--kubeconfig", str(api.kubeconfig), "--namespace", namespace)
    words = ("upgrade", "--install", "pod-proxier", str(CHART), *where, *chart.given(values))
    return await asyncio.to_thread(chart.run, *words)


async def installed(chart: Chart, api: KubeApi, values: Values, namespace: str) -> str:
    """Returns what people are told then."""
    told = await install(chart, api, values, namespace)
    assert told.returncode == 0, told.stderr
    return told.stdout


async def test_what_was_made_is_kept_over_an_upgrade(
    chart: Chart, kube_api: KubeApi, server: Server, namespace: str
) -> None:
    async def secrets() -> dict[str, object]:
        found = (await server.client.get(f"/api/v1/namespaces/{namespace}/secrets")).json()["items"]
        return {one["metadata"]["name"]: one["data"] for one in found if one["type"] == "Opaque"}

    values = {"allowedNamespaces": [namespace]}
    await installed(chart, kube_api, values, namespace)
    made = await secrets()
    assert set(made) == {"pod-proxier-gateway", "pod-proxier-tokens"}
    await installed(chart, kube_api, values | {"logLevel": "debug"}, namespace)
    assert await secrets() == made


async def test_people_are_told_whom_their_policies_must_let_in(
    chart: Chart, kube_api: KubeApi, server: Server, namespace: str
) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace}}
    await server.make(node)
    status = {"status": {"addresses": [{"type": "InternalIP", "address": "10.7.0.9"}]}}
    patch = {"Content-Type": "application/merge-patch+json"}
    answer = await server.client.patch(f"/api/v1/nodes/{namespace}/status", json=status, headers=patch)
    assert answer.is_success
    own = {"allowedNamespaces": [namespace]}
    assert "- ipBlock: {cidr: ADDRESS-OF-THE-NODE/32}" in await installed(chart, kube_api, own, namespace)
    there = await installed(chart, kube_api, own | {"nodeName": namespace}, namespace)
    assert "- ipBlock: {cidr: 10.7.0.9/32}" in there
    within = await installed(chart, kube_api, own | {"hostNetwork": False}, namespace)
    assert "podSelector: {matchLabels: {app: pod-proxier}}" in within


async def test_a_release_of_the_previous_chart_is_upgraded_in_place(
    chart: Chart, kube_api: KubeApi, server: Server, namespace: str
) -> None:
    """Its Deployment had this name and this selector, which nothing can change."""
    values = {**VARIANTS["the previous values"], "namespace": namespace, "allowedNamespaces": [namespace]}
    told = await installed(chart, kube_api, values, namespace)
    assert "ATTENTION: images.podProxier is cylonchau/pod-proxier:0.5" in told
    found = (await server.client.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/pod-proxier")).json()
    assert found["spec"]["selector"] == {"matchLabels": {"app": "pod-proxier"}}
    image = {"images": {"podProxier": {"repository": "pod-proxier", "tag": "0.1.0"}}}
    assert "ATTENTION" not in await installed(chart, kube_api, {**values, **image}, namespace)


async def test_the_dashboard_is_one_that_grafana_reads(chart: Chart) -> None:
    text = chart.render(EVERYTHING).one("ConfigMap", "pod-proxier-dashboard")["data"]["pod-proxier.json"]
    assert json.loads(text)["title"] == "Pod-Proxier"
