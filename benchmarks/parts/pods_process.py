"""An API server with nothing but pods, in a process of its own; it is given how many.

It says its URL when it is ready, and runs until it is ended. Pods are as large as real ones, and come page by page.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

IN_A_NAMESPACE: Final = 200
APPS: Final = ("api", "billing", "checkout", "gateway", "ledger", "web", "worker")
_FILLING: Final[dict[str, object]] = {
    f"f:field-{number}": {"f:nested": {".": {}, "f:value": {}}} for number in range(60)
}
"""What makes a pod as large as it is: who set which field, mostly."""


@asynccontextmanager
async def pods_served(count: int) -> AsyncIterator[str]:
    """Run it until the block ends; yields its URL."""
    command = [sys.executable, "-m", __name__, str(count)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        if process.stdout is None:
            raise RuntimeError("it has no output")
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


def _pod(number: int, chance: random.Random) -> dict[str, object]:
    app = chance.choice(APPS)
    name = f"{app}-{chance.randrange(16**9):09x}-{chance.randrange(16**5):05x}"
    container = {
        "name": app,
        "image": f"registry.example.com/{app}:1.2.3",
        "ports": [{"name": "debug", "containerPort": 5005, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{each}", "value": "something or other"} for each in range(20)],
    }
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    return {
        "metadata": {
            "name": name,
            "namespace": f"team-{number // IN_A_NAMESPACE:03}",
            "uid": f"00000000-0000-4000-8000-{number:012}",
            "resourceVersion": "100",
            "labels": {"app": app},
            "managedFields": [{"manager": "kubelet", "operation": "Update", "fieldsV1": _FILLING}],
        },
        "spec": {"containers": [container], "nodeName": f"node-{number % 100}"},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": conditions},
    }


class _Server:
    def __init__(self, count: int) -> None:
        chance = random.Random(count)  # noqa: S311 - no secret
        self._pods = [json.dumps(_pod(number, chance)).encode() for number in range(count)]

    async def pods(self, request: web.Request) -> web.StreamResponse:
        if "watch" in request.query:
            response = web.StreamResponse()
            await response.prepare(request)
            await asyncio.sleep(float(request.query["timeoutSeconds"]))
            return response
        start, size = int(request.query.get("continue", 0)), int(request.query["limit"])
        more = str(start + size) if start + size < len(self._pods) else ""
        head = json.dumps({"resourceVersion": "100", "continue": more}).encode()
        items = b",".join(self._pods[start : start + size])
        return web.Response(body=b'{"metadata":%s,"items":[%s]}' % (head, items), content_type="application/json")

    async def version(self, _: web.Request) -> web.Response:
        return web.json_response({"gitVersion": "v1.34.0"})


async def _serve(count: int) -> None:
    server, app = _Server(count), web.Application()
    app.router.add_get("/api/v1/pods", server.pods)
    app.router.add_get("/version", server.version)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
