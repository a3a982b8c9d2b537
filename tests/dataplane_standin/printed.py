"""The stand-in as a printed ``dataplaneapi.yml`` has it: it reads what the API itself would read."""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from tests.dataplane_standin.server import Kind, StandIn


def as_printed(file: Path, kind: Kind) -> StandIn:
    """Make the stand-in for ``dataplaneapi.yml``; the password comes from the environment, as for the API."""
    printed: dict[str, Any] = yaml.safe_load(file.read_text())
    ours, configuration = printed["dataplaneapi"], Path(printed["haproxy"]["config_file"])
    text = configuration.read_text()
    socket = Path(_found(r"^ *stats socket (\S+) ", text))
    assert socket.parent == configuration.parent == Path(ours["resources"]["maps_dir"])
    users = text.partition(f"userlist {ours['userlist']['userlist']}\n")[2]
    api = StandIn(socket.parent, kind, port=ours["port"])
    api.user = _found(r"^ *user (\S+) insecure-password ", users)
    api.password = os.path.expandvars(_found(r'insecure-password "(.*)"', users))
    return api


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, pattern
    return found[1]
