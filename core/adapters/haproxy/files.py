"""The files of an HAProxy of our own: its configuration, and two maps that are empty."""

import os
import stat
from pathlib import Path
from typing import Final

from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.rendering import Rendered
from core.domain.errors import GatewayCannotStart

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600


def make_folder(folder: Path) -> None:
    """Make the folder that nobody else may enter: whoever can reach the runtime socket in it may do anything.

    Raises:
        GatewayCannotStart: it is somebody else's, or cannot be made.
    """
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid != os.geteuid():
            raise GatewayCannotStart(f"{folder} belongs to another user", hint="choose another --state-dir")
        if stat.S_IMODE(found.st_mode) != PRIVATE_FOLDER:
            folder.chmod(PRIVATE_FOLDER)
    except OSError as exc:
        raise GatewayCannotStart(f"{folder}: {exc.strerror}", hint="choose another --state-dir") from exc


def write_files(config: GatewayConfig, rendered: Rendered) -> None:
    """Write everything that the configuration names; an HAProxy that runs has read its files, and reads them no more.

    Raises:
        GatewayCannotStart: they cannot be written.
    """
    try:
        _replace(config.haproxy_cfg, rendered.haproxy_cfg)
        _replace(config.lua, rendered.lua)
        _replace(config.allow_map, "")
        _replace(config.until_map, "")
    except OSError as exc:
        raise GatewayCannotStart(f"{exc.filename}: {exc.strerror}", hint="make room, or another --state-dir") from exc


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w") as file:
        file.write(text)
    beside.replace(path)
