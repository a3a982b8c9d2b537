"""What the stand-in asks of HAProxy, as the API does: one command after the other, each over its own connection."""

import asyncio
import csv
import re
from pathlib import Path
from typing import Any, Final

COMPLAINT: Final = re.compile(r"\[[0-3]]:")
MAINTENANCE: Final = 0x23  # the API reads the mask as hexadecimal, where HAProxy prints decimals; 4 and 5 are the same
DRAIN: Final = 0x18


class Complaint(Exception):
    """HAProxy's own words, or that it is not there."""


class Haproxy:
    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._turn = asyncio.Lock()

    async def ask(self, command: str) -> str:
        assert ";" not in command, "the API lets nobody do two things at once"
        async with self._turn:
            try:
                text = await self._exchange(command)
            except OSError as exc:
                raise Complaint(f"dial unix {self._socket}: {exc.strerror} [{command}]") from exc
        if COMPLAINT.match(text):
            raise Complaint(f"[{text[1]}] {text[4:]} [{command}]")
        return text

    async def _exchange(self, command: str) -> str:
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            writer.write(f"set severity-output number;{command}\n".encode())
            return (await reader.read()).decode().strip()
        finally:
            writer.close()

    async def server(self, backend: str, name: str) -> dict[str, Any] | None:
        _, header, *lines = (await self.ask(f"show servers state {backend}")).splitlines()
        columns = header.removeprefix("# ").split()
        rows = (dict(zip(columns, line.split(), strict=False)) for line in lines)
        row = next((row for row in rows if row["srv_name"] == name), None)
        return None if row is None else _server(row)

    async def statistics(self) -> list[dict[str, Any]]:
        header, *rows = csv.reader((await self.ask("show stat")).removeprefix("# ").splitlines())
        named = (dict(zip(header, row, strict=False)) for row in rows)
        return [line for row in named if (line := _line(row)) is not None]

    async def maps(self) -> list[dict[str, str]]:
        lines = (line.split(maxsplit=2) for line in (await self.ask("show map")).splitlines())
        found = [words for words in lines if words and words[0] != "#"]
        return [
            {
                "id": identity,
                "file": file.strip("()"),
                "storage_name": Path(file.strip("()")).name,
                "description": about,
            }
            for identity, file, about in found
        ]

    async def entries(self, path: Path) -> list[dict[str, str]]:
        lines = (line.split() for line in (await self.ask(f"show map {path}")).splitlines())
        return [{"id": words[0], "key": words[1], "value": words[2]} for words in lines if words]

    async def entry(self, path: Path, key: str) -> dict[str, str] | None:
        """Look a key up as a sample, as "get map" does: a network is none."""
        answer = await self.ask(f"get map {path} {key}")
        found = dict(re.findall(r'(\w+)="([^"]*)"', answer))
        return {"key": key, "value": found["value"]} if found.get("key") == key and "value" in found else None

    async def table(self, name: str, rule: str) -> list[dict[str, Any]]:
        lines = (await self.ask(f"show table {name}" + (f" data.{rule}" if rule else ""))).splitlines()
        return [_caller(line) for line in lines if line and not line.startswith("#")]

    async def info(self) -> dict[str, Any]:
        lines = dict(line.split(": ", 1) for line in (await self.ask("show info")).splitlines() if ": " in line)
        return {"pid": int(lines["Pid"]), "uptime": int(lines["Uptime_sec"]), "version": lines["Version"]}


def _server(row: dict[str, str]) -> dict[str, Any]:
    mask = int(row["srv_admin_state"], 16)
    state = "maint" if mask & MAINTENANCE else "drain" if mask & DRAIN else "ready"
    return {
        "address": row["srv_addr"],
        "admin_state": state,
        "backend_name": row["be_name"],
        "id": row["srv_id"],
        "name": row["srv_name"],
        "operational_state": {"0": "down", "3": "stopping"}.get(row["srv_op_state"], "up"),
        "port": int(row["srv_port"]),
    }


def _line(row: dict[str, str]) -> dict[str, Any] | None:
    fields = {key: int(value) if value.isdecimal() else value for key, value in row.items() if value}
    if row["type"] == "2":
        return {"backend_name": row["pxname"], "name": row["svname"], "type": "server", "stats": fields}
    if row["type"] in {"0", "1"}:
        return {"name": row["pxname"], "type": row["svname"].lower(), "stats": fields}
    return None


def _caller(line: str) -> dict[str, Any]:
    identity, _, rest = line.partition(":")
    fields = dict(word.split("=", 1) for word in rest.split() if "=" in word)
    numbers = {key: int(value) for key, value in fields.items() if value.isdecimal() and key not in {"key", "use"}}
    return {"id": identity, "key": fields["key"], "use": fields.get("use") == "1", **numbers}
