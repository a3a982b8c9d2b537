"""What people do in the story, and how a step of it is checked."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.demo.narrator import Narrator
from bot.demo.stage import BotEnded, Stage
from bot.workspace.bell import NotSeenError
from bot.workspace.errors import NotPossibleError
from bot.workspace.hands.person import Person
from bot.workspace.messages import Message


class StepFailed(Exception):
    """A step of the story did not go as it has to."""


@asynccontextmanager
async def step(narrator: Narrator, what: str) -> AsyncIterator[None]:
    """Do one step, and say that it held."""
    try:
        yield
    except (NotSeenError, NotPossibleError, BotEnded, TimeoutError, OSError, AssertionError) as exc:
        raise StepFailed(f"{what}\n{type(exc).__name__}: {exc}") from exc
    narrator.checked(what)


def hold(condition: object, why: str) -> None:
    """Check something.

    Raises:
        AssertionError: it does not hold.
    """
    if not condition:
        raise AssertionError(why)


@dataclass(frozen=True, slots=True)
class Opened:
    """A mapping that a card says is open."""

    card: Message
    port: int

    @property
    def until(self) -> datetime:
        """The end that its card shows now."""
        return datetime.fromtimestamp(int(_found(r"Until: <!date\^(\d+)\^", self.card)), UTC)


def _found(pattern: str, card: Message) -> str:
    found = re.search(pattern, card.text)
    hold(found, f"no {pattern} in: {card.text}")
    return found[1] if found else ""


class Story:
    """The people, and what they do."""

    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self._stage, self._say = stage, narrator

    async def types(self, who: Person, text: str) -> None:
        """Somebody types a command in #payments."""
        self._say.says(who.name, f"/proxy {text}")
        answer = await who.command("/proxy", text, channel=self._stage.channel)
        hold(answer.acked, "the command was not acknowledged in time")

    async def clicks(self, who: Person, button: str, message: Message) -> None:
        """Somebody clicks a button."""
        self._say.says(who.name, f"clicks [ {button} ]")
        answer = await who.click(message, button)
        hold(answer.acked, "the click was not acknowledged in time")

    async def asked_and_approved(self, asker: Person, approver: Person, text: str, pod: str) -> Opened:
        """One asks, the other approves, and the card says where the port is."""
        await self.types(asker, text)
        card = await self.card_to_decide(pod)
        await self.clicks(approver, "Approve", card)
        return await self.opened(card)

    async def card_to_decide(self, pod: str) -> Message:
        """Wait for the card of a request."""
        return await self._stage.channel.message(lambda m: pod in m.text and "Approve" in str(m.blocks))

    async def entry(self, card: Message, *words: str, within: float = 15) -> Message:
        """Wait for a reply in a card's thread that says all of this."""
        return await self._stage.channel.message(
            lambda m: m.is_reply and m.thread_ts == card.ts and all(word in m.text for word in words), within=within
        )

    async def opened(self, card: Message) -> Opened:
        """Wait until a card shows an open port."""
        await self._stage.workspace.until(lambda: " is open for " in card.text, what="the card with the port")
        return Opened(card, int(_found(r"127\.0\.0\.1:(\d+)", card)))
