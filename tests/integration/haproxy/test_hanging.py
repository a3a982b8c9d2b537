import os
import signal

import pytest

from core.adapters.haproxy import keeper
from tests.contract.gateway.haproxies import freeze
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import eventually, pid_of


async def test_one_that_hangs_is_unreachable_and_neither_ended_nor_started_twice(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "ENTER_WITHIN", 0.5)
    async with bot() as gateway:
        before = await pid_of(gateway)
    await freeze(before)
    try:
        async with bot() as gateway:
            assert "no answer" in gateway.trouble
            os.kill(before, signal.SIGCONT)

            async def well() -> bool:
                return not gateway.trouble

            await eventually(well)
            assert await pid_of(gateway) == before
    finally:
        os.kill(before, signal.SIGCONT)
