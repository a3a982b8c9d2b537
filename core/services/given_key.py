"""The key that a program gives its request, so that sending it once more does not ask twice."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.mapping import Mapping
from core.domain.people import Requester
from core.domain.refusals import KeyReused
from core.domain.request import Ask, fingerprint
from core.interfaces import KeyUse, UnitOfWork


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A request with the key it was given; ``None`` for none. The same key of somebody else is another one."""

    key: str | None
    ask: Ask
    requester: Requester

    async def made(self, uow: UnitOfWork, now: datetime) -> Mapping | None:
        """Find what the same request under this key made; ``None`` where it is the first.

        Raises:
            KeyReused: it was another request.
        """
        use = await uow.keys.get(self._scoped, now) if self.key is not None else None
        if use is None:
            return None
        if use.fingerprint != fingerprint(self.ask):
            raise KeyReused(self.key or "")
        return await uow.mappings.get(use.mapping_id)

    async def keep(self, uow: UnitOfWork, mapping: Mapping, now: datetime) -> None:
        """Write down what the request made, but for a key that is known."""
        if self.key is not None and await uow.keys.get(self._scoped, now) is None:
            await uow.keys.put(self._scoped, KeyUse(mapping.id, fingerprint(self.ask), now))

    @property
    def _scoped(self) -> str:
        return f"{self.requester} {self.key}"
