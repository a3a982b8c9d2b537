"""The state directory: writable by us, closed to everybody else."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.doctor.patient import Patient
from bot.doctor.report import Finding, fail, note, ok

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


async def writable_and_private(patient: Patient) -> Sequence[Finding]:
    """Whoever may enter it may steer HAProxy, and read who reached what."""
    folder = patient.state_dir
    if not folder.exists():
        return [_can_be_made(folder)]
    if not folder.is_dir():
        return [fail(f"{folder} is not a directory", "choose another --state-dir")]
    status = folder.stat()
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return [fail(f"{folder} cannot be written by this user", "give it to the user that runs serve")]
    if status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        return [fail(f"{folder} is open to other users (mode {mode:o})", f"chmod 700 {folder}")]
    if status.st_uid != os.geteuid():
        return [note(f"{folder} belongs to another user (uid {status.st_uid})", "run doctor as the user of serve")]
    return [ok(f"{folder} is writable, and closed to others")]


def _can_be_made(folder: Path) -> Finding:
    parent = next(path for path in folder.absolute().parents if path.exists())
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return ok(f"{folder} is not there yet; serve makes it")
    return fail(f"{folder} is not there, and cannot be made in {parent}", "make it for the user that runs serve")
