"""One call of a verb: which server, the connection to it, and what is said on the side."""

import argparse
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.client.api import Api
from bot.client.connection import Connection
from bot.client.server import server_of


def say(text: str) -> None:
    """Tell people something that is no result: scripts read stdout."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def now() -> datetime:
    """Say what time it is, in the zone of whoever reads it."""
    return datetime.now(UTC).astimezone()


@asynccontextmanager
async def api_of(chosen: argparse.Namespace) -> AsyncIterator[Api]:
    """Be connected to the server that the flags and the environment name.

    Raises:
        BadSetting: none that can be asked.
    """
    server = server_of(chosen.server, chosen.token_file, os.environ)
    if server.remark:
        say(server.remark)
    async with Connection(server) as connection:
        yield Api(connection)
