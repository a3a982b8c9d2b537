"""Signed requests to the app's request URL."""

import json
import time
from typing import Final
from urllib.parse import urlencode

import aiohttp

from bot.workspace.delivery.parcels import Outcome, Parcel, ParcelKind, Status
from bot.workspace.delivery.signing import signature
from bot.workspace.state import State
from bot.workspace.wire import JsonObject

FORM: Final = "application/x-www-form-urlencoded"
OK: Final = 200
REDIRECTED: Final = 300


class HttpDelivery:
    """Posts every parcel to one URL, as Slack does without Socket Mode."""

    def __init__(self, state: State, url: str) -> None:
        self._state = state
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=state.settings.ack_within))
        self.url = url

    async def deliver(self, parcel: Parcel) -> Outcome:
        """Post a parcel; its answer with status 200 is the acknowledgement."""
        body, headers = self.signed(parcel)
        began = time.perf_counter()
        try:
            async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
                answer = await response.read()
        except TimeoutError:
            return self._lost(parcel, Status.TIMEOUT, began, "http_timeout")
        except aiohttp.ClientError:
            return self._lost(parcel, Status.FAILED, began, "connection_failed")
        taken = _is_taken(parcel.kind, response.status)
        return Outcome(
            parcel,
            Status.ACKNOWLEDGED if taken else Status.FAILED,
            time.perf_counter() - began,
            _payload(answer, response.content_type) if taken else None,
            self.url,
            no_retry=response.headers.get("X-Slack-No-Retry") == "1",
            reason="" if taken else "http_error",
        )

    def _lost(self, parcel: Parcel, status: Status, began: float, reason: str) -> Outcome:
        return Outcome(parcel, status, time.perf_counter() - began, carrier=self.url, reason=reason)

    def signed(self, parcel: Parcel) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of the request: the same each time for the same parcel."""
        body, content_type = _encoded(parcel)
        timestamp = int(parcel.sent_at)
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": signature(self._state.signing_secret, timestamp, body),
        }
        if parcel.retry:
            headers |= {"X-Slack-Retry-Num": str(parcel.retry), "X-Slack-Retry-Reason": parcel.retry_reason}
        return body, headers

    async def close(self) -> None:
        """Let the connections go."""
        await self._session.close()


def _encoded(parcel: Parcel) -> tuple[bytes, str]:
    match parcel.kind:
        case ParcelKind.COMMAND:
            return urlencode(parcel.payload).encode(), FORM
        case ParcelKind.INTERACTIVE:
            return urlencode({"payload": json.dumps(parcel.payload)}).encode(), FORM
        case ParcelKind.EVENT:
            return json.dumps(parcel.payload).encode(), "application/json"


def _is_taken(kind: ParcelKind, status: int) -> bool:
    """An event may be answered with any 2xx, all else with 200 only."""
    return OK <= status < REDIRECTED if kind is ParcelKind.EVENT else status == OK


def _payload(answer: bytes, content_type: str) -> JsonObject | None:
    if not answer.strip():
        return None
    if content_type != "application/json":
        return {"text": answer.decode(errors="replace")}
    try:
        body = json.loads(answer)
    except ValueError:
        return {}  # as good as no message: Slack tells the person that the answer was invalid
    return body if isinstance(body, dict) else {}
