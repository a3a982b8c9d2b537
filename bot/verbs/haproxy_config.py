import argparse
from pathlib import Path

from bot.gateways import haproxy_files
from bot.verbs.settings import settings_of
from core.domain.errors import PodProxierError


class CannotWrite(PodProxierError):
    """The files cannot be written there."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"cannot write to {folder}: {why}")
        self.hint = "name a folder that is there, and that HAProxy can read: --write /etc/haproxy"


def run(chosen: argparse.Namespace) -> int:
    """Print every file under its path, or write them and print the paths."""
    files = haproxy_files(settings_of(chosen), chosen.write)
    for path, text in files.items():
        if chosen.write is None:
            print(f"# ---- {path}\n{text}")
        else:
            _write(path, text)
            print(path)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as exc:
        raise CannotWrite(path.parent, exc.strerror or str(exc)) from exc
