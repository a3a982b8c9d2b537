import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import BadKubeconfig, Credentials
from core.domain.errors import ClusterForbidden, ClusterUnauthorized
from tests.integration.kubernetes import loopback_api as wire
from tests.integration.kubernetes.loopback_api import LoopbackApi
from tests.real_parts import KubeApi
from tests.real_parts.kubernetes import ADMIN, NOBODY

AT_ONCE = timedelta(0)


def with_user(kube_api: KubeApi, path: Path, user: Mapping[str, object]) -> Path:
    content = yaml.safe_load(kube_api.kubeconfig.read_text())
    content["users"][0]["user"] = dict(user)
    path.write_text(yaml.safe_dump(content))
    return path


def plugin(folder: Path, *, version: str = "client.authentication.k8s.io/v1") -> dict[str, object]:
    """An exec plugin that hands out the token in a file, and notes that it was asked."""
    script = folder / "plugin.py"
    script.write_text(
        "import json, pathlib\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        "with (folder / 'asked').open('a') as asked: asked.write('.')\n"
        f"print(json.dumps({{'apiVersion': {version!r}, 'kind': 'ExecCredential',\n"
        "                  'status': json.loads((folder / 'status').read_text())}))\n"
    )
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(script)]}}


async def test_a_context_is_chosen_by_its_name(kube_api: KubeApi, tmp_path: Path) -> None:
    content = yaml.safe_load(kube_api.kubeconfig.read_text())
    content["users"].append({"name": "weak", "user": {"token": kube_api.tokens[NOBODY]}})
    content["contexts"].append({"name": "weak", "context": {"cluster": "test", "user": "weak"}})
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    async with KubernetesCluster(Credentials(str(path))) as cluster:
        assert list(await cluster.pods("default")) == []
    async with KubernetesCluster(Credentials(str(path), "weak")) as cluster:
        with pytest.raises(ClusterForbidden):
            await cluster.pods("default")


async def test_files_joined_as_kubectl_takes_them_are_read_together(kube_api: KubeApi, tmp_path: Path) -> None:
    first = with_user(kube_api, tmp_path / "first", {"token": kube_api.token})
    second = tmp_path / "second"
    second.write_text(yaml.safe_dump({"clusters": [], "users": [], "contexts": []}))
    environ = {"KUBECONFIG": f"{first}{os.pathsep}{second}"}
    async with KubernetesCluster(Credentials(environ=environ)) as cluster:
        assert (await cluster.check()).startswith("v1.")


async def test_the_server_and_its_version_are_told(kube_api: KubeApi) -> None:
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        assert cluster.where == kube_api.url
        assert (await cluster.check()).startswith("v1.")


@pytest.fixture
def service_account(kube_api: KubeApi, tmp_path: Path) -> Path:
    (tmp_path / "ca.crt").write_bytes(kube_api.ca_file.read_bytes())
    (tmp_path / "token").write_text(kube_api.token)
    return tmp_path


def in_cluster(kube_api: KubeApi, service_account: Path) -> Credentials:
    url = httpx.URL(kube_api.url)
    environ = {"KUBERNETES_SERVICE_HOST": url.host, "KUBERNETES_SERVICE_PORT": str(url.port)}
    return Credentials(environ=environ, service_account=service_account)


async def test_a_service_account_is_taken_where_there_is_one(kube_api: KubeApi, service_account: Path) -> None:
    async with KubernetesCluster(in_cluster(kube_api, service_account)) as cluster:
        assert list(await cluster.pods("default")) == []


async def test_a_token_that_was_rotated_is_read_again_after_a_401(kube_api: KubeApi, service_account: Path) -> None:
    (service_account / "token").write_text("has run out")
    async with KubernetesCluster(in_cluster(kube_api, service_account)) as cluster:
        cluster._credentials._renewed = float("-inf")  # as if it had been read long ago
        (service_account / "token").write_text(kube_api.token)
        assert list(await cluster.pods("default")) == []


async def test_a_kubeconfig_that_is_named_wins_over_the_service_account(
    kube_api: KubeApi, service_account: Path
) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "443"}
    credentials = Credentials(str(kube_api.kubeconfig), environ=environ, service_account=service_account)
    async with KubernetesCluster(credentials) as cluster:
        assert cluster.where == kube_api.url


async def test_a_token_file_in_a_kubeconfig_is_read_again(loopback: LoopbackApi, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    path = loopback.write_kubeconfig(tmp_path / "kubeconfig", {"tokenFile": str(token)})
    async with KubernetesCluster(Credentials(str(path), refresh=AT_ONCE)) as cluster:
        await cluster.pods("payments")
        token.write_text("second")
        await cluster.pods("payments")
    assert loopback.tokens == ["Bearer first", "Bearer second"]


async def test_an_exec_plugin_gives_the_token_and_is_asked_once_while_that_is_good(
    kube_api: KubeApi, tmp_path: Path
) -> None:
    answer = {"token": kube_api.token, "expirationTimestamp": "2999-01-01T00:00:00Z"}
    (tmp_path / "status").write_text(json.dumps(answer))
    path = with_user(kube_api, tmp_path / "kubeconfig", plugin(tmp_path))
    async with KubernetesCluster(Credentials(str(path), refresh=AT_ONCE)) as cluster:
        for _ in range(3):
            assert list(await cluster.pods("default")) == []
    assert (tmp_path / "asked").read_text() == "."


async def test_an_exec_plugin_is_asked_again_when_its_token_has_run_out(kube_api: KubeApi, tmp_path: Path) -> None:
    expired = {"token": kube_api.tokens[NOBODY], "expirationTimestamp": "2001-01-01T00:00:00Z"}
    (tmp_path / "status").write_text(json.dumps(expired))
    path = with_user(kube_api, tmp_path / "kubeconfig", plugin(tmp_path))
    async with KubernetesCluster(Credentials(str(path), refresh=AT_ONCE)) as cluster:
        with pytest.raises(ClusterForbidden):
            await cluster.pods("default")
        (tmp_path / "status").write_text(json.dumps({"token": kube_api.token}))
        assert list(await cluster.pods("default")) == []


async def test_an_exec_plugin_whose_token_is_refused_is_asked_again(kube_api: KubeApi, tmp_path: Path) -> None:
    (tmp_path / "status").write_text(json.dumps({"token": "x", "expirationTimestamp": "2999-01-01T00:00:00Z"}))
    path = with_user(kube_api, tmp_path / "kubeconfig", plugin(tmp_path))
    async with KubernetesCluster(Credentials(str(path))) as cluster:
        cluster._credentials._renewed = float("-inf")  # as if it had been read long ago
        (tmp_path / "status").write_text(json.dumps({"token": kube_api.token}))
        assert list(await cluster.pods("default")) == []


async def test_an_exec_plugin_that_fails_is_told_as_such(kube_api: KubeApi, tmp_path: Path) -> None:
    path = with_user(kube_api, tmp_path / "kubeconfig", plugin(tmp_path))  # without a status to hand out
    with pytest.raises(BadKubeconfig, match="exec plugin"):
        async with KubernetesCluster(Credentials(str(path))):
            pass


async def test_credentials_that_cannot_be_renewed_are_used_on(loopback: LoopbackApi, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    path = loopback.write_kubeconfig(tmp_path / "kubeconfig", {"tokenFile": str(token)})
    async with KubernetesCluster(Credentials(str(path), refresh=AT_ONCE)) as cluster:
        token.unlink()
        await cluster.pods("payments")
    assert loopback.tokens == ["Bearer first"]


async def test_a_server_that_always_says_401_does_not_have_everything_read_again_each_time(
    loopback: LoopbackApi, kubeconfig: Path
) -> None:
    loopback.on_list = wire.always(lambda: wire.failed(401))
    async with KubernetesCluster(Credentials(str(kubeconfig))) as cluster:
        for _ in range(5):
            with pytest.raises(ClusterUnauthorized):
                await cluster.pods("payments")
    assert len(loopback.requests) <= 6


async def test_certificates_that_change_lead_to_new_connections(kube_api: KubeApi, tmp_path: Path) -> None:
    (tmp_path / "status").write_text(json.dumps({"token": kube_api.token}))
    path = with_user(kube_api, tmp_path / "kubeconfig", plugin(tmp_path))
    credentials = Credentials(str(path), refresh=AT_ONCE)
    async with KubernetesCluster(credentials):
        before = await credentials.client()
        assert await credentials.client() is before
        certificate, key = kube_api.ca_file.read_text(), kube_api.ca_file.with_suffix(".key").read_text()
        key_pair = {"clientCertificateData": certificate, "clientKeyData": key}
        (tmp_path / "status").write_text(json.dumps(key_pair))
        assert await credentials.client() is not before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "cannot be used"),
        ("not: [yaml", "line 1"),
        ("clusters: []\ncontexts: []\nusers: []\n", "current-context"),
        ("current-context: a\nclusters: []\ncontexts: []\nusers: []\n", "with name a"),
    ],
    ids=["empty", "not yaml", "no context", "an unknown context"],
)
async def test_a_kubeconfig_that_cannot_be_used_fails_at_the_start(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    with pytest.raises(BadKubeconfig, match=why) as caught:
        async with KubernetesCluster(Credentials(str(path))):
            pass
    assert str(path) in str(caught.value)


async def test_a_kubeconfig_that_is_not_there_fails_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadKubeconfig, match="no such file"):
        async with KubernetesCluster(Credentials(str(tmp_path / "none"))):
            pass


async def test_a_certificate_authority_that_is_not_there_fails_at_the_start(kube_api: KubeApi, tmp_path: Path) -> None:
    other = replace(kube_api, ca_file=tmp_path / "none.crt")
    with pytest.raises(BadKubeconfig, match=r"none\.crt"):
        async with KubernetesCluster(Credentials(str(other.write_kubeconfig(tmp_path / "kubeconfig", ADMIN)))):
            pass
