"""Where things stand in the two versions of the API. Pure: values that are calls, nothing is sent here."""

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias
from urllib.parse import quote

from core.adapters.haproxy.dataplane.client import Call
from core.adapters.haproxy.slots import FRONTEND, SERVER, backend

_SERVICES: Final = "/services/haproxy"
Params: TypeAlias = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Common:
    """What is the same in both but for the base."""

    base: ClassVar[str]

    def info(self) -> Call:
        """The process that answers."""
        return Call("GET", f"{self.base}{_SERVICES}/runtime/info", "a look at its process")

    def statistics(self, kind: str = "") -> Call:
        """The counters of everything, or of one kind of things: ``backend``, ``server``, ``frontend``."""
        params: Params | None = {"type": kind} if kind else None
        return Call("GET", f"{self.base}{_SERVICES}/stats/native", "a look at its counters", params)

    def version(self) -> Call:
        """The version of the file."""
        return Call("GET", f"{self.base}{_SERVICES}/configuration/version", "a look at its configuration's version")

    def maps(self) -> Call:
        """All maps, with their paths."""
        return Call("GET", f"{self.base}{_SERVICES}/runtime/maps", "a look at its maps", {"include_unmanaged": "true"})

    def fill(self, name: str, entries: object) -> Call:
        """Add many entries to a map at once; they may take the place of all that is there, so only to an empty one."""
        return Call("PUT", f"{self.base}{_SERVICES}/runtime/maps/{name}", f"entries for {name}", body=entries)


@dataclass(frozen=True, slots=True)
class V3(Common):
    """Version 3."""

    base: ClassVar[str] = "/v3"

    def server(self, port: int, method: str = "GET", body: object = None) -> Call:
        """The server of a slot, as it runs."""
        path = f"{self.base}{_SERVICES}/runtime/backends/{backend(port)}/servers/{SERVER}"
        return Call(method, path, f"port {port}", body=body)

    def configured(self, port: int) -> Call:
        """The server of a slot, as it stands in the file."""
        return Call("GET", self._configured(port), f"port {port} in its file")

    def configure(self, port: int, version: int, body: object) -> Call:
        """Replace the server of a slot in the file, without a transaction."""
        return Call("PUT", self._configured(port), f"port {port} in its file", {"version": version}, body)

    def _configured(self, port: int) -> str:
        return f"{self.base}{_SERVICES}/configuration/backends/{backend(port)}/servers/{SERVER}"

    def entries(self, name: str, method: str = "GET", body: object = None) -> Call:
        """All entries of a map; POST adds one."""
        return Call(method, f"{self.base}{_SERVICES}/runtime/maps/{name}/entries", f"the map {name}", body=body)

    def entry(self, name: str, key: str, method: str = "GET", body: object = None) -> Call:
        """One entry of a map."""
        path = f"{self.base}{_SERVICES}/runtime/maps/{name}/entries/{quote(key, safe='')}"
        return Call(method, path, f"{key} in the map {name}", body=body)

    def table(self, rule: str) -> Call:
        """Entries of the stick table of callers, by a rule such as ``gpc0 gt 0``."""
        path = f"{self.base}{_SERVICES}/runtime/stick_tables/{FRONTEND}/entries"
        return Call("GET", path, "a look at its callers", {"filter": rule})


@dataclass(frozen=True, slots=True)
class V2(Common):
    """Version 2."""

    base: ClassVar[str] = "/v2"

    def server(self, port: int, method: str = "GET", body: object = None) -> Call:
        """The server of a slot, as it runs."""
        path = f"{self.base}{_SERVICES}/runtime/servers/{SERVER}"
        return Call(method, path, f"port {port}", {"backend": backend(port)}, body)

    def configured(self, port: int) -> Call:
        """The server of a slot, as it stands in the file."""
        return Call("GET", self._configured, f"port {port} in its file", self._parent(port))

    def configure(self, port: int, version: int, body: object) -> Call:
        """Replace the server of a slot in the file, without a transaction."""
        params = self._parent(port) | {"version": version}
        return Call("PUT", self._configured, f"port {port} in its file", params, body)

    @property
    def _configured(self) -> str:
        return f"{self.base}{_SERVICES}/configuration/servers/{SERVER}"

    def _parent(self, port: int) -> Params:
        return {"parent_type": "backend", "parent_name": backend(port)}

    def entries(self, name: str, method: str = "GET", body: object = None) -> Call:
        """All entries of a map; POST adds one."""
        return Call(method, f"{self.base}{_SERVICES}/runtime/maps_entries", f"the map {name}", {"map": name}, body)

    def entry(self, name: str, key: str, method: str = "GET", body: object = None) -> Call:
        """One entry of a map."""
        path = f"{self.base}{_SERVICES}/runtime/maps_entries/{quote(key, safe='')}"
        return Call(method, path, f"{key} in the map {name}", {"map": name}, body)

    def table(self, rule: str) -> Call:
        """Entries of the stick table of callers, by a rule such as ``gpc0 gt 0``."""
        params: Params = {"stick_table": FRONTEND, "process": 1, "filter": rule}
        return Call("GET", f"{self.base}{_SERVICES}/runtime/stick_table_entries", "a look at its callers", params)


Dialect: TypeAlias = V3 | V2
