"""``haproxy.cfg`` as the API keeps it: a version in its first line, and servers that can be replaced."""

import re
from pathlib import Path
from typing import Any, Final

_SERVER: Final = re.compile(
    r"^  server (?P<name>\S+) (?P<address>\S+):(?P<port>\d+)(?P<disabled> disabled)?(?P<rest>.*)$"
)


class StaleVersion(Exception):
    pass


class ConfigurationFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.version = 1

    def server(self, backend: str, name: str) -> dict[str, Any] | None:
        found = self._find(backend, name)
        if found is None:
            return None
        match = found[1]
        named = {"address": match["address"].strip("[]"), "name": name, "port": int(match["port"])}
        return named | ({"maintenance": "enabled"} if match["disabled"] else {}) | _options(match["rest"])

    def replace(self, backend: str, name: str, server: dict[str, Any], version: int) -> None:
        """Raises StaleVersion: the file has another version by now."""
        if version != self.version:
            raise StaleVersion
        lines = self._lines()
        found = self._find(backend, name)
        assert found is not None
        host = f"[{server['address']}]" if ":" in server["address"] else server["address"]
        disabled = " disabled" if server.get("maintenance") == "enabled" else ""
        lines[found[0]] = f"  server {name} {host}:{server['port']}{disabled}{_spelled(server)}"
        self.version += 1
        kept = [line for line in lines if not line.startswith("# _version=")]
        self._path.write_text("\n".join([f"# _version={self.version}", *kept]) + "\n")

    def _lines(self) -> list[str]:
        return self._path.read_text().splitlines()

    def _find(self, backend: str, name: str) -> tuple[int, re.Match[str]] | None:
        section = ""
        for at, line in enumerate(self._lines()):
            if not line.startswith((" ", "#")):
                section = line
            match = _SERVER.match(line)
            if match and match["name"] == name and section.startswith(f"backend {backend} "):
                return at, match
        return None


def _options(rest: str) -> dict[str, Any]:
    """Read what else a server of ours may have: what is done when it is down, and how it is tried."""
    found: dict[str, Any] = dict(re.findall(r"(on-marked-down) (\S+)", rest))
    if " check" in rest:
        found["check"] = "enabled"
    inter = re.search(r" inter (\d+)ms", rest)
    return found | ({"inter": int(inter[1])} if inter else {})


def _spelled(server: dict[str, Any]) -> str:
    check = " check" if server.get("check") == "enabled" else ""
    inter = f" inter {server['inter']}ms" if "inter" in server else ""
    down = f" on-marked-down {server['on-marked-down']}" if "on-marked-down" in server else ""
    return f"{check}{inter}{down}"
