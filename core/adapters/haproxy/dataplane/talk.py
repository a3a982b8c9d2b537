"""The API in the version that it speaks, which is asked for once, and what its maps hold."""

from typing import Final, TypeVar

import msgspec

from core.adapters.haproxy.dataplane import answers
from core.adapters.haproxy.dataplane.answers import Info
from core.adapters.haproxy.dataplane.client import Answer, Api, Call
from core.adapters.haproxy.dataplane.dialects import V2, V3, Dialect
from core.adapters.haproxy.dataplane.errors import ApiRefused, NotTheApi
from core.adapters.haproxy.slots import Entry
from core.domain.errors import GatewayRefused, GatewayUnreachable, NoSlot

NO_SLOT: Final = "the running configuration has no slot for it"

T = TypeVar("T")


class Talk:
    """An API, and which version of it answers. Raises what ``Api.call`` raises."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._dialect: Dialect | None = None

    def __str__(self) -> str:
        return str(self._api)

    async def dialect(self) -> Dialect:
        """Ask which version answers; version 3 first, for it is the newer one.

        Raises:
            NotTheApi: neither does.
        """
        if self._dialect is None:
            for known in (V3(), V2()):
                if await self._speaks(known):
                    self._dialect = known
                    return known
            raise NotTheApi("a look at its version", "neither /v3/info nor /v2/info is there")
        return self._dialect

    async def _speaks(self, known: Dialect) -> bool:
        try:
            await self.call(Call("GET", f"{known.base}/info", "a look at its version"))
        except ApiRefused as exc:
            if exc.missing:
                return False
            raise
        return True

    def forget(self) -> None:
        """Ask which version answers before the next call; another one may have taken its place."""
        self._dialect = None

    async def call(self, call: Call) -> Answer:
        """Ask something."""
        return await self._api.call(call)

    async def ask(self, call: Call, shape: msgspec.json.Decoder[T]) -> T:
        """Ask something, and read the answer."""
        return (await self.call(call)).read(shape)

    async def slot(self, port: int, call: Call) -> Answer:
        """Ask about a slot, or tell it something.

        "Not found" is said as well where HAProxy is down, so that one that answers is asked once more.

        Raises:
            NoSlot: it has none for this port.
        """
        try:
            return await self.call(call)
        except ApiRefused as exc:
            if not exc.missing:
                raise
        self.forget()
        await self.info()
        try:
            return await self.call(call)
        except ApiRefused as exc:
            if not exc.missing:
                raise
            raise NoSlot(port, NO_SLOT) from exc

    async def tell(self, call: Call) -> bool:
        """Change a map; ``False`` where what is to be added is there already, or what is to go or to change is not.

        "Not there" may also be said of what was changed: an address with a prefix is none that HAProxy looks up.
        """
        try:
            await self.call(call)
        except ApiRefused as exc:
            if not exc.missing and not exc.conflict:
                await self.info()  # it says "bad request" as well where HAProxy is down
                raise
            return False
        return True

    async def entries(self, name: str) -> list[Entry]:
        """Read a map.

        An empty one is a 404 without a word, and one that HAProxy does not have a 404 with words, and so is an HAProxy
        that is down.

        Raises:
            GatewayRefused: it has no such map.
        """
        call = (await self.dialect()).entries(name)
        try:
            found = await self.ask(call, answers.ENTRIES)
        except ApiRefused as exc:
            if not exc.missing:
                raise
            if exc.silent:
                return []
            self.forget()
            await self.info()
            why = f"it has no {name}: it does not run what pod-proxier haproxy-config --gateway dataplane prints"
            raise GatewayRefused("a look at its maps", why) from exc
        return answers.entries(found or [])

    async def info(self) -> Info:
        """Read who the process is.

        Raises:
            GatewayUnreachable: there is none.
        """
        listed = await self.ask((await self.dialect()).info(), answers.INFO)
        found = listed[0] if isinstance(listed, list) and listed else listed
        if isinstance(found, list) or found.info is None:
            raise GatewayUnreachable(str(self), "its HAProxy is down")
        return found
