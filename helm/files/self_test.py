"""Open a mapping to the bot itself, go through it, close it: what `helm test` runs, in the bot's image."""

import os
import ssl
from pathlib import Path
from typing import Any

import httpx

NAMESPACE, REST_PORT = os.environ["NAMESPACE"], int(os.environ["REST_PORT"])
ACCOUNT = Path(os.environ.get("ACCOUNT", "/var/run/secrets/kubernetes.io/serviceaccount"))


def main() -> None:
    """Take the whole way; the first step that fails says why and ends it."""
    pod = the_bot()
    address = pod["status"]["podIP"]
    rest = httpx.Client(
        base_url=f"http://{host(address)}:{REST_PORT}",
        headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
        timeout=40,
        trust_env=False,
    )
    with rest:
        asked = {"target": f"{NAMESPACE}/{pod['metadata']['name']}:{REST_PORT}", "ttl": "2m", "reason": "helm test"}
        mapping = answer(rest.post("/api/v2/mappings", json=asked))
        try:
            mapping = answer(rest.get(f"/api/v2/mappings/{mapping['id']}", params={"wait": 30}))
            if mapping["state"] != "open":
                raise SystemExit(f"{mapping['id']} did not open: {mapping['state']}, {mapping.get('trouble') or ''}")
            go_through(os.environ.get("GATEWAY_HOST") or address, mapping["port"])
        finally:
            answer(rest.post(f"/api/v2/mappings/{mapping['id']}/close"))
    print(f"{mapping['id']} was opened, led to the bot, and is closed.")


def the_bot() -> dict[str, Any]:
    """Find the bot's pod as the bot itself would."""
    server = f"https://{host(os.environ['KUBERNETES_SERVICE_HOST'])}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    token = (ACCOUNT / "token").read_text().strip()
    found = httpx.get(
        f"{server}/api/v1/namespaces/{NAMESPACE}/pods",
        params={"labelSelector": "app=pod-proxier", "fieldSelector": "status.phase=Running"},
        headers={"Authorization": f"Bearer {token}"},
        verify=ssl.create_default_context(cafile=ACCOUNT / "ca.crt"),
        trust_env=False,
    )
    pods: list[dict[str, Any]] = answer(found)["items"]
    if not pods:
        raise SystemExit(f"no pod with the label app=pod-proxier runs in {NAMESPACE}")
    return pods[0]


def go_through(address: str, port: int) -> None:
    """Ask the bot for its health through the mapping."""
    url = f"http://{host(address)}:{port}/health"
    pong = answer(httpx.get(url, timeout=10, trust_env=False))
    if pong.get("data") != "pong":
        raise SystemExit(f"{url} leads to somebody else: {pong}")


def answer(response: httpx.Response) -> dict[str, Any]:
    """Return what was answered; a refusal ends the test with its text."""
    if not response.is_success:
        raise SystemExit(f"{response.request.method} {response.request.url}: {response.status_code} {response.text}")
    said: dict[str, Any] = response.json()
    return said


def host(address: str) -> str:
    """Write an address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


if __name__ == "__main__":
    try:
        main()
    except httpx.TransportError as exc:
        raise SystemExit(f"{exc.request.url}: {exc}") from exc
