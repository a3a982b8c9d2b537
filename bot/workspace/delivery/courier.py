import asyncio

from bot.workspace.delivery.http import HttpDelivery
from bot.workspace.delivery.parcels import Carrier, Outcome, Parcel, ParcelKind
from bot.workspace.delivery.payloads import event_callback
from bot.workspace.delivery.socket_mode import SocketMode
from bot.workspace.state import State
from bot.workspace.wire import JsonObject


class Courier:
    """Takes what people do to the app, by whichever way is set, and brings events again until they are taken."""

    def __init__(self, state: State, sockets: SocketMode) -> None:
        self._state = state
        self._sockets = sockets
        self._http: HttpDelivery | None = None
        self.outcomes: list[Outcome] = []

    async def use_request_url(self, url: str | None) -> None:
        """Deliver to that URL from now on; None goes back to the sockets."""
        await self.close()
        self._http = HttpDelivery(self._state, url) if url else None

    async def close(self) -> None:
        """Let the connections to the request URL go."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def deliver(self, parcel: Parcel) -> Outcome:
        """Deliver a parcel once."""
        carrier: Carrier = self._http or self._sockets
        outcome = await carrier.deliver(parcel)
        self.outcomes.append(outcome)
        self._state.bell.ring()
        return outcome

    async def deliver_times(self, parcel: Parcel, times: int) -> Outcome:
        """Deliver the same parcel several times at once; the first outcome stands for all."""
        outcomes = await asyncio.gather(*(self.deliver(parcel) for _ in range(times)))
        return outcomes[0]

    async def event(self, event: JsonObject) -> Outcome:
        """Deliver an event, and redeliver it after Slack's delays until it is acknowledged."""
        now = self._state.clock.time()
        parcel = Parcel(ParcelKind.EVENT, event_callback(self._state, event), now)
        outcome = await self.deliver(parcel)
        for delay in self._state.settings.retry_delays:
            if outcome.acked or outcome.no_retry or await self._closed_within(delay):
                break
            parcel = parcel.again(outcome.reason, self._state.clock.time())
            outcome = await self.deliver(parcel)
        return outcome

    async def challenge(self) -> bool:
        """Verify the request URL: it must answer with the challenge."""
        word = self._state.mint.trigger()
        payload = {"token": self._state.verification_token, "challenge": word, "type": "url_verification"}
        outcome = await self.deliver(Parcel(ParcelKind.EVENT, payload, self._state.clock.time()))
        answered = outcome.payload or {}
        return outcome.acked and word in {answered.get("challenge"), answered.get("text")}

    async def _closed_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._state.closing.wait()
        except TimeoutError:
            return False
