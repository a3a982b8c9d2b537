"""The stand-in for the Data Plane API in a process of its own; it is given a folder and a kind.

It says its URL when it is ready, and runs until it is ended.
"""

import asyncio
import sys
from pathlib import Path

from tests.dataplane_standin import Kind, StandIn


async def _serve(folder: Path, kind: Kind) -> None:
    async with StandIn(folder, kind) as api:
        print(api.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Kind(sys.argv[2])))
