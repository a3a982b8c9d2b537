import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.real_parts import KubeApi, PostgresServer
from tests.real_parts.kubernetes import BOT, NOBODY

POD = {
    "metadata": {"name": "api-0"},
    "spec": {
        "nodeName": "node-1",
        "automountServiceAccountToken": False,
        "containers": [{"name": "api", "image": "api"}],
    },
}


async def make_namespace(api: KubeApi, name: str) -> None:
    async with api.client() as client:
        (await client.post("/api/v1/namespaces", json={"metadata": {"name": name}})).raise_for_status()


async def test_the_api_server_is_ready(kube_api: KubeApi) -> None:
    async with kube_api.client() as client:
        assert (await client.get("/readyz")).text == "ok"


async def test_a_pod_gets_the_address_that_a_test_writes_into_its_status(kube_api: KubeApi) -> None:
    await make_namespace(kube_api, "started")
    pods = "/api/v1/namespaces/started/pods"
    status = {"phase": "Running", "podIP": "127.0.0.9", "podIPs": [{"ip": "127.0.0.9"}]}

    async with kube_api.client() as client:
        (await client.post(pods, json=POD)).raise_for_status()
        answer = await client.patch(
            f"{pods}/api-0/status",
            json={"status": status},
            headers={"Content-Type": "application/merge-patch+json"},
        )
        answer.raise_for_status()
        listed = (await client.get(pods)).json()["items"]

    assert [pod["status"]["podIP"] for pod in listed] == ["127.0.0.9"]


@pytest.mark.parametrize("user", [BOT, NOBODY])
async def test_a_user_without_a_role_may_not_look_at_pods(kube_api: KubeApi, user: str) -> None:
    async with kube_api.client(user) as client:
        assert (await client.get("/api/v1/pods")).status_code == 403


async def test_a_role_lets_its_user_look_at_pods(kube_api: KubeApi) -> None:
    await make_namespace(kube_api, "allowed")
    roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/allowed"
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
    role = {"metadata": {"name": "looks"}, "rules": [rule]}
    binding = {
        "metadata": {"name": "looks"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "looks"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": BOT}],
    }

    async with kube_api.client() as client:
        (await client.post(f"{roles}/roles", json=role)).raise_for_status()
        (await client.post(f"{roles}/rolebindings", json=binding)).raise_for_status()
    async with kube_api.client(BOT) as client:
        answer = await client.get("/api/v1/namespaces/allowed/pods")

    assert answer.status_code == 200


async def execute(url: str, statement: str) -> object:
    """Commit one statement; returns the first value of the first row, where it has rows."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


async def test_postgresql_answers_over_loopback(postgres_url: str) -> None:
    assert await execute(postgres_url, "SELECT 6 * 7") == 42


async def test_postgresql_answers_over_its_socket(postgres_server: PostgresServer) -> None:
    url = f"postgresql+asyncpg://postgres@/postgres?host={postgres_server.socket_folder}&port={postgres_server.port}"

    assert await execute(url, "SELECT inet_server_addr() IS NULL") is True


async def test_a_table_in_one_database_is_not_in_another(postgres_server: PostgresServer, postgres_url: str) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"

    async with postgres_server.fresh_database() as other:
        await execute(other, "CREATE TABLE mappings ()")
        counts = await execute(other, tables), await execute(postgres_url, tables)

    assert counts == (1, 0)


def version_of(haproxy: Path) -> str:
    return subprocess.run([haproxy, "-v"], check=True, capture_output=True, text=True, timeout=10).stdout


def test_the_wheel_carries_haproxy(haproxy_wheel: Path) -> None:
    assert "HAProxy version 2.8" in version_of(haproxy_wheel)


def test_there_is_a_second_haproxy(haproxy_debian: Path, haproxy_wheel: Path) -> None:
    assert version_of(haproxy_debian) != version_of(haproxy_wheel)
