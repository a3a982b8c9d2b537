"""What the chart renders, by itself and for the program that reads it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.settings import Settings, load
from tests.integration.chart.charts import CHART, VARIANTS, Chart, Rendered, Values

SECRETS_OF_THE_POD = "/var/run/secrets/kubernetes.io/serviceaccount"


@pytest.fixture(params=VARIANTS.values(), ids=list(VARIANTS))
def values(request: pytest.FixtureRequest) -> Values:
    given: Values = request.param
    return given


@pytest.fixture
def rendered(chart: Chart, values: Values) -> Rendered:
    return chart.render(values)


def settings_of(rendered: Rendered, folder: Path) -> Settings:
    """As the bot reads them in its container."""
    path = folder / "settings.yaml"
    path.write_text(rendered.settings)
    return load(["--config", str(path)], {})


def mounts(container: dict[str, Any]) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


# --- every variant ----------------------------------------------------------------------------------------------------


def test_helm_finds_nothing_to_say_against_it(chart: Chart, values: Values) -> None:
    told = chart.run("lint", "--strict", str(CHART), *chart.given(values))
    assert told.returncode == 0, told.stdout
    assert "[WARNING]" not in told.stdout


def test_the_bot_takes_its_settings(rendered: Rendered, tmp_path: Path) -> None:
    assert settings_of(rendered, tmp_path).enable_v1


def test_nothing_runs_as_root_or_may_become_so(rendered: Rendered) -> None:
    assert rendered.pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in rendered.containers().values():
        strict = container["securityContext"]
        assert strict["runAsNonRoot"]
        assert strict["runAsUser"] == rendered.pod["securityContext"]["runAsUser"] == 1000
        assert strict["readOnlyRootFilesystem"]
        assert not strict["allowPrivilegeEscalation"]
        assert strict["capabilities"] == {"drop": ["ALL"]}


def test_only_the_bot_is_known_to_the_cluster(rendered: Rendered) -> None:
    assert not rendered.pod["automountServiceAccountToken"]
    holders = [name for name, one in rendered.containers().items() if SECRETS_OF_THE_POD in mounts(one).values()]
    assert holders == ["pod-proxier"]


def test_every_volume_is_there_and_is_used(rendered: Rendered) -> None:
    used = {name for container in rendered.containers().values() for name in mounts(container)}
    assert used == {volume["name"] for volume in rendered.pod["volumes"]}


def test_a_single_pod_that_owns_something_is_gone_before_the_next_comes(rendered: Rendered) -> None:
    deployment = rendered.one("Deployment")["spec"]
    assert deployment["strategy"]["type"] == ("Recreate" if deployment["replicas"] == 1 else "RollingUpdate")


def test_the_pod_is_what_the_previous_deployment_selected(rendered: Rendered) -> None:
    deployment = rendered.one("Deployment")
    assert deployment["metadata"]["name"] == "pod-proxier"
    assert deployment["spec"]["selector"] == {"matchLabels": {"app": "pod-proxier"}}


# --- HAProxy outlives the bot's container -----------------------------------------------------------------------------


def test_haproxy_and_its_api_have_containers_and_a_volume_of_their_own(chart: Chart) -> None:
    containers = chart.render({}).containers()
    sharing = {name for name, one in containers.items() if mounts(one).get("haproxy") == "/etc/haproxy"}
    assert sharing == {"configuration", "pod-proxier-ints", "dataplaneapi"}
    assert set(containers) == sharing | {"pod-proxier"}


def test_an_embedded_haproxy_is_in_the_one_container_that_there_is(chart: Chart, tmp_path: Path) -> None:
    rendered = chart.render(VARIANTS["embedded"])
    assert set(rendered.containers()) == {"pod-proxier"}
    assert settings_of(rendered, tmp_path).gateway == "embedded"


@pytest.mark.parametrize("variant", ["dataplane", "with everything", "the previous values"])
def test_haproxy_takes_what_the_init_container_writes(
    chart: Chart, variant: str, tmp_path: Path, haproxy_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = chart.render(VARIANTS[variant])
    (tmp_path / "settings.yaml").write_text(rendered.settings)
    monkeypatch.setenv("POD_PROXIER_CONFIG", str(tmp_path / "settings.yaml"))
    monkeypatch.setenv("POD_PROXIER_API_PASSWORD", "secret")  # as the container of HAProxy has it
    words = rendered.containers()["configuration"]["args"]

    assert main([str(tmp_path) if word == "/etc/haproxy" else word for word in words]) == 0
    told = subprocess.run(
        [haproxy_wheel, "-c", "-f", tmp_path / "haproxy.cfg"], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stderr
    api = yaml.safe_load((tmp_path / "dataplaneapi.yml").read_text())["dataplaneapi"]
    assert (api["host"], api["port"]) == ("127.0.0.1", 5555)


# --- the previous values ----------------------------------------------------------------------------------------------


def test_the_previous_values_mean_what_they_meant(chart: Chart, tmp_path: Path) -> None:
    rendered = chart.render(VARIANTS["the previous values"], namespace="elsewhere")
    settings = settings_of(rendered, tmp_path)
    assert {found["metadata"].get("namespace") for found in rendered.objects} <= {"infra", "default"}
    assert (settings.listen_port, settings.stats_port, settings.default_map_port) == (3343, 8404, 8848)
    assert (settings.jprofiler_port_name, settings.resync_time.total_seconds()) == ("jprofiler-port", 600)
    assert settings.log_level == "info"
    assert rendered.containers()["pod-proxier"]["readinessProbe"]["httpGet"] == {"path": "/health", "port": 3343}
    assert rendered.containers()["pod-proxier-ints"]["image"] == "cylonchau/haproxy-debian:v2.6.1"
    assert rendered.containers()["pod-proxier"]["image"] == "cylonchau/pod-proxier:0.5"
    assert rendered.pod["hostNetwork"]


def test_defect_12_the_role_has_services_and_the_program_is_told_of_v1(chart: Chart, tmp_path: Path) -> None:
    rendered = chart.render({"v2": {"enabled": True}})
    settings = settings_of(rendered, tmp_path)
    assert settings.enable_v1
    assert settings.enable_v2
    (role,) = (role for role in rendered.of("Role") if role["metadata"]["namespace"] == "default")
    read = {resource: rule["verbs"] for rule in role["rules"] for resource in rule["resources"]}
    assert read == {name: ["get", "list", "watch"] for name in ("pods", "services", "endpointslices")}


@pytest.mark.parametrize("shape", ["the-bot", {"name": "the-bot"}])
def test_names_that_were_read_in_two_shapes_work_in_both(chart: Chart, shape: object) -> None:
    given = {"serviceAccount": shape, "clusterRole": shape, "clusterRoleBinding": shape}
    rendered = chart.render(given | {"allowedNamespaces": ["*"]})
    assert rendered.one("ServiceAccount")["metadata"]["name"] == "the-bot"
    assert rendered.pod["serviceAccountName"] == "the-bot"
    binding = rendered.one("ClusterRoleBinding")
    assert (binding["metadata"]["name"], binding["roleRef"]["name"]) == ("the-bot", "the-bot")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "the-bot", "namespace": "infra"}]


def test_the_service_leads_to_where_haproxy_listens(chart: Chart) -> None:
    values = VARIANTS["the previous values"]
    rendered = chart.render({**values, "service": {**values["service"], "enabled": True}})
    ports = {port["name"]: (port["port"], port["targetPort"]) for port in rendered.one("Service")["spec"]["ports"]}
    assert ports == {"admin-port": (8404, 8404), "entry-port": (8849, 8848), "pod-proxier-port": (3343, 3343)}


def test_a_bot_that_waits_for_something_takes_nobody_off_haproxy(chart: Chart) -> None:
    services = chart.render(VARIANTS["with everything"]).of("Service")
    assert [one["spec"]["publishNotReadyAddresses"] for one in services] == [True, True]


def test_the_node_is_chosen_by_way_of_the_scheduler(chart: Chart) -> None:
    pod = chart.render({"nodeName": "node-1"}).pod
    assert "nodeName" not in pod
    (term,) = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term == {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}
    assert {"operator": "Exists", "effect": "NoSchedule"} in pod["tolerations"]


@pytest.mark.parametrize(
    ("given", "meant"), [(5, "info"), (0, "info"), (6, "debug"), ("9", "debug"), ("error", "error")]
)
def test_a_level_of_klog_is_read(chart: Chart, tmp_path: Path, given: object, meant: str) -> None:
    assert settings_of(chart.render({"logLevel": given}), tmp_path).log_level == meant


# --- policy and tokens ------------------------------------------------------------------------------------------------


def test_the_policy_that_is_given_comes_first(chart: Chart) -> None:
    first, operators = {"namespaces": ["payments"], "approvals": 2}, {"users": ["U024BE7LH"]}
    policy = yaml.safe_load(chart.render({"policy": {"content": {"rules": [first], "operators": operators}}}).policy)
    assert policy["rules"][0] == first
    assert [rule["namespaces"] for rule in policy["rules"]] == [["payments"], ["infra"]]
    assert policy["operators"] == operators


def test_without_the_test_of_helm_there_is_neither_its_token_nor_its_rule_nor_its_role(chart: Chart) -> None:
    rendered = chart.render({"helmTest": {"enabled": False}})
    names = [token["name"] for token in yaml.safe_load(rendered.secret("pod-proxier-tokens", "tokens.yaml"))]
    assert names == ["default"]
    assert "helm-test" not in rendered.policy
    assert [role["metadata"]["namespace"] for role in rendered.of("Role")] == ["default"]
    assert rendered.of("Pod") == []


def test_a_token_is_always_made(chart: Chart) -> None:
    rendered = chart.render({})
    tokens = yaml.safe_load(rendered.secret("pod-proxier-tokens", "tokens.yaml"))
    assert [(token["name"], len(token["token"])) for token in tokens] == [("default", 40), ("helm-test", 40)]
    assert tokens[0]["token"] == rendered.secret("pod-proxier-tokens", "token")
    assert tokens[0]["scopes"] == ["read", "request", "operate"]
    assert len(rendered.secret("pod-proxier-gateway", "password")) == 40


def test_secrets_of_ones_own_are_used_and_none_are_made(chart: Chart) -> None:
    rendered = chart.render(VARIANTS["secrets of one's own"])
    assert rendered.of("Secret") == []
    named = {volume["secret"]["secretName"] for volume in rendered.pod["volumes"] if "secret" in volume}
    assert named == {"tokens", "api"}


# --- what must not be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"gateway": {"kind": "data-plane"}},
            "'/gateway/kind': value must be one of 'dataplane', 'embedded', 'external'",
        ),
        ({"gateway": {"ports": "10000"}}, "'/gateway/ports'"),
        ({"ports": {"entryPort": 80}}, "'/ports/entryPort': minimum: got 80, want 1,024"),
        ({"hostNetwork": "yes"}, "'/hostNetwork': got string, want boolean"),
        ({"replicas": 2}, "additional properties 'replicas' not allowed"),
        ({"v2": {"enable": True}}, "'/v2': additional properties 'enable' not allowed"),
        ({"replicaCount": 2}, "Set replicaCount: 1, or gateway.kind: external with a databaseUrl"),
        ({"gateway": {"kind": "external"}}, "gateway.external.apiAddr: where is the Data Plane API?"),
        (
            {"gateway": {"kind": "external", "external": {"kind": "socket"}}},
            "gateway.external.socket: where is HAProxy's stats socket?",
        ),
        (
            {"policy": {"content": {"rules": [{"namespaces": ["a"]}]}, "existingConfigMap": "mine"}},
            "policy: content and existingConfigMap are both given",
        ),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused_with_what_can(chart: Chart, values: Values, said: str) -> None:
    assert said in chart.refusal(values)
