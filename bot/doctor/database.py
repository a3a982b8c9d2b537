"""The database: it answers, and has the tables that this program knows."""

import os
from collections.abc import Sequence
from pathlib import Path

from bot.doctor.patient import Patient
from bot.doctor.report import Finding, fail, note, ok


async def revision(patient: Patient) -> Sequence[Finding]:
    """It is at the revision of this program; one that is newer raises, and an older one is migrated by ``serve``."""
    file = patient.database_file
    if file is not None and not file.exists():
        return [ok(f"{file} is not there yet; serve makes it")]  # asking would make an empty one
    if file is not None and not _writable(file):
        return [fail(f"{file} cannot be written by this user", "run as the user that owns it")]
    revisions = await patient.revisions()
    if revisions.current == revisions.head:
        return [ok(f"answers, at revision {revisions.head}")]
    behind = f"is at revision {revisions.current}" if revisions.current else "has no tables yet"
    return [note(f"{behind}; serve brings it to {revisions.head}", "pod-proxier db upgrade does it now")]


def _writable(file: Path) -> bool:
    return os.access(file, os.R_OK | os.W_OK) and os.access(file.parent, os.W_OK)  # its journal stands beside it
