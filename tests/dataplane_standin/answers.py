"""What the API does, whichever version speaks; status, and what is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from tests.dataplane_standin.file import ConfigurationFile, StaleVersion
from tests.dataplane_standin.haproxy import Complaint, Haproxy

BUFFER: Final = 8192


@dataclass(frozen=True)
class Said:
    """An answer; ``body`` of ``None`` is none at all."""

    status: int
    body: object = None
    reload_id: str = ""


def problem(status: int, message: str) -> Said:
    return Said(status, {"code": status, "message": message})


class DataPlane:
    """Behind both versions.

    Args:
        moves: whether an address at run time is applied; before 3.3.1 it is answered with 200, and nothing changes.
    """

    def __init__(self, folder: Path, *, moves: bool) -> None:
        self._folder, self._moves = folder, moves
        self.haproxy = Haproxy(folder / "admin.sock")
        self.file = ConfigurationFile(folder / "haproxy.cfg")

    async def server(self, backend: str, name: str) -> Said:
        """Whatever is in the way, an HAProxy that is down as well, is a server that is not there."""
        try:
            found = await self.haproxy.server(backend, name)
        except Complaint:
            found = None
        return problem(404, f"no data for {backend}/{name}: not found") if found is None else Said(200, found)

    async def change_server(self, backend: str, name: str, wanted: Mapping[str, Any]) -> Said:
        before = await self.server(backend, name)
        if not isinstance(before.body, dict) or before.status != 200:
            return before
        try:
            await self._tell(f"{backend}/{name}", before.body, wanted)
        except Complaint as exc:
            return problem(500, str(exc))
        return await self.server(backend, name)

    async def _tell(self, server: str, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        state = wanted.get("admin_state", before["admin_state"])
        if state != before["admin_state"]:  # before the address
            await self.haproxy.ask(f"set server {server} state {state}")
        aimed = {key: wanted.get(key, before[key]) for key in ("address", "port")}
        if self._moves and aimed != {key: before[key] for key in aimed}:
            await self.haproxy.ask(f"set server {server} addr {aimed['address']} port {aimed['port']}")

    def configured(self, backend: str, name: str) -> Said:
        found = self.file.server(backend, name)
        return problem(404, f"server {name} does not exist") if found is None else Said(200, found)

    async def configure(self, backend: str, name: str, wanted: dict[str, Any], version: int) -> Said:
        before = self.file.server(backend, name)
        if before is None:
            return problem(404, f"server {name} does not exist")
        try:
            self.file.replace(backend, name, wanted, version)
        except StaleVersion:
            return problem(409, f"version in configuration file is {self.file.version}, given version is {version}")
        differing = {key for key in {*before, *wanted} if before.get(key) != wanted.get(key)}
        if not differing:
            return Said(200, wanted)
        if differing - {"address", "port"}:
            return Said(202, wanted, reload_id="2030-01-07-1")
        await self.haproxy.ask(
            f"set server {backend}/{name} addr {ip_address(wanted['address'])} port {wanted['port']}"
        )
        return Said(200, wanted)

    async def statistics(self, kind: str, parent: str, name: str) -> Said:
        if name and not kind:
            return problem(400, "Type required when filtering by name")
        try:
            lines = await self.haproxy.statistics()
        except Complaint as exc:
            return Said(500, {"error": str(exc), "runtimeAPI": "admin.sock"})
        wanted = {"type": kind, "backend_name": parent, "name": name}
        chosen = [line for line in lines if all(line.get(key) == value for key, value in wanted.items() if value)]
        return Said(200, {"runtimeAPI": "admin.sock", "stats": chosen})

    async def info(self) -> Said:
        try:
            return Said(200, {"info": await self.haproxy.info(), "runtimeAPI": "admin.sock"})
        except Complaint as exc:
            return Said(200, {"error": str(exc), "runtimeAPI": "admin.sock"})

    async def table(self, name: str, rule: str) -> Said:
        try:
            return Said(200, await self.haproxy.table(name, rule))
        except Complaint as exc:
            return problem(500, str(exc))

    # -- maps: every complaint of HAProxy is a 404 --------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        return self._folder / (name if name.endswith(".map") else f"{name}.map")

    async def maps(self) -> Said:
        try:
            return Said(200, await self.haproxy.maps())
        except Complaint as exc:
            return problem(404, f"{exc} not found")

    async def entries(self, name: str) -> Said:
        try:
            found = await self.haproxy.entries(self._path(name))
        except Complaint as exc:
            return problem(404, f"{exc} not found")
        return Said(200, found)

    async def add(self, name: str, entry: Mapping[str, str]) -> Said:
        path = self._path(name)
        try:
            if await self.haproxy.entry(path, entry["key"]) is not None:
                return problem(409, "already exists")
            await self.haproxy.ask(f"add map {path} {entry['key']} {entry['value']}")
        except Complaint as exc:
            return problem(400, f"{exc} general error")
        return Said(201, dict(entry))

    async def entry(self, name: str, key: str) -> Said:
        try:
            found = await self.haproxy.entry(self._path(name), key)
        except Complaint as exc:
            return problem(404, f"{exc} not found")
        return problem(404, f"{key} not found") if found is None else Said(200, found)

    async def change_entry(self, name: str, key: str, wanted: Mapping[str, str]) -> Said:
        try:
            await self.haproxy.ask(f"set map {self._path(name)} {key} {wanted['value']}")
        except Complaint as exc:
            return problem(404, f"{exc} not found")
        found = await self.entry(name, key)
        return found if found.status == 200 else Said(404)

    async def delete(self, name: str, key: str) -> Said:
        try:
            await self.haproxy.ask(f"del map {self._path(name)} {key}")
        except Complaint as exc:
            return problem(404, f"{exc} not found")
        return Said(204)

    async def fill(self, name: str, entries: list[dict[str, str]]) -> Said:
        """Add them all; what is longer than a buffer goes in parts, and takes the place of all that is there.

        As in the API itself, an entry that comes last and would begin another part gets lost.
        """
        path, lines = self._path(name), [f"{entry['key']} {entry['value']}\n" for entry in entries]
        parts = _parts(lines)
        try:
            if sum(map(len, lines)) <= BUFFER:
                await self.haproxy.ask(f"add map {path} <<\n{parts[0]}")
            else:
                await self._replace(path, parts)
        except Complaint as exc:
            return problem(400, f"{exc} general error")
        return Said(201, entries)

    async def _replace(self, path: Path, parts: list[str]) -> None:
        version = (await self.haproxy.ask(f"prepare map {path}")).rpartition(" ")[2]
        for part in parts:
            await self.haproxy.ask(f"add map @{version} {path} <<\n{part}")
        await self.haproxy.ask(f"commit map @{version} {path}")


def _parts(lines: list[str]) -> list[str]:
    parts = [""]
    for line in lines:
        if len(parts[-1]) + len(line) > BUFFER:
            parts.append("")
        parts[-1] += line
    alone = len(parts) > 1 and parts[-1] == lines[-1]
    return parts[:-1] if alone else parts
