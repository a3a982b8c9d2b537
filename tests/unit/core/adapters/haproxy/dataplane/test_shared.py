import asyncio
from dataclasses import dataclass, field

import pytest

from core.adapters.haproxy.dataplane.shared import Shared
from core.domain.errors import GatewayUnreachable


@dataclass
class Source:
    """Something that takes until it is let go to be read."""

    begun: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def read(self) -> int:
        self.begun += 1
        number = self.begun
        await self.go.wait()
        if self.fails:
            raise GatewayUnreachable("there")
        return number


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_whoever_asks_while_one_is_read_waits_for_the_next_and_shares_it() -> None:
    source = Source()
    shared = Shared(source.read)
    first = asyncio.create_task(shared.get())
    await turns()
    later = [asyncio.create_task(shared.get()) for _ in range(20)]
    await turns()
    assert source.begun == 1
    source.go.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2] * 20
    assert await shared.get() == 3


async def test_an_error_is_everybody_s_and_the_next_one_reads_anew() -> None:
    source = Source(fails=True)
    source.go.set()
    shared = Shared(source.read)
    failures = await asyncio.gather(*(shared.get() for _ in range(3)), return_exceptions=True)
    assert [type(failure) for failure in failures] == [GatewayUnreachable] * 3
    source.fails = False
    assert await shared.get() == 2


async def test_whoever_gives_up_takes_nothing_from_the_others() -> None:
    source = Source()
    shared = Shared(source.read)
    impatient, patient = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await turns()
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    source.go.set()
    assert await patient == 1
