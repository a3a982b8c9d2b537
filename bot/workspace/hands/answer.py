from dataclasses import dataclass

from bot.workspace.channels import Channel
from bot.workspace.delivery.parcels import Outcome, Status
from bot.workspace.matching import Matching, matches
from bot.workspace.messages import Message
from bot.workspace.rendering.transcript import render
from bot.workspace.state import State
from bot.workspace.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Asked:
    """Who did something, where, and when in the order of messages."""

    user_id: str
    channel: Channel | None = None
    response_url: str | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of something a person did.

    Attributes:
        outcome: what became of the delivery.
        name: the command or the action id.
        refused: Slack's word for what was wrong with the app's answer, or None.
        confirmed: the confirm dialog that was shown, or None.
    """

    state: State
    asked: Asked
    outcome: Outcome
    name: str
    refused: str | None = None
    confirmed: JsonObject | None = None

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged in time."""
        return self.outcome.acked

    @property
    def latency(self) -> float:
        """Seconds until the acknowledgement."""
        return self.outcome.latency

    @property
    def payload(self) -> JsonObject | None:
        """What the acknowledgement carried."""
        return self.outcome.payload

    @property
    def trigger_id(self) -> str:
        """The trigger id that was sent along."""
        return str(self.outcome.parcel.payload["trigger_id"])

    @property
    def response_url(self) -> str:
        """The response URL that was sent along."""
        return str(self.outcome.parcel.payload["response_url"])

    @property
    def shown(self) -> str | None:
        """What Slack itself tells the person where the app failed; None where all is well."""
        failed = self.outcome.status in {Status.TIMEOUT, Status.FAILED}
        error = self.outcome.status.value if failed else self.refused
        return f'{self.name} failed with the error "{error}"' if error else None

    @property
    def replies(self) -> list[Message]:
        """What the app answered: by the acknowledgement, the response URL, or ephemerally in the same channel."""
        return [message for message in self.state.timeline[self.asked.since :] if self._is_reply(message)]

    async def reply(self, matching: Matching = None, *, within: float = 10.0) -> Message:
        """Wait for the first such answer that matches.

        Raises:
            NotSeenError: none came; the text shows what did.
        """
        return await self.state.bell.find(
            lambda: next((message for message in self.replies if matches(message, matching)), None),
            within=within,
            describe=lambda: (
                f"a reply to {self.name} with {matching!r}; {self.shown or 'Slack shows no error'}; there is:\n"
                + ("\n".join(render(message) for message in self.replies) or "(nothing)")
            ),
        )

    def _is_reply(self, message: Message) -> bool:
        if message.deleted:
            return False
        by_url = self.asked.response_url is not None and message.origin.response_url == self.asked.response_url
        return by_url or (message.ephemeral_to == self.asked.user_id and message.channel is self.asked.channel)
