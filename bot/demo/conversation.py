"""``demo --stay``: somebody types, and the people of the demo do it."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.demo.narrator import Narrator
from bot.demo.stage import Stage
from bot.workspace.channels import Channel
from bot.workspace.errors import NotPossibleError
from bot.workspace.hands.controls import controls
from bot.workspace.hands.person import Person
from bot.workspace.messages import Message

ASKS, DECIDES = "alice", "bob"

_GUIDE: Final = """\

  You are in #payments with alice, bob and carol, who is an operator. Type a line:

    pod payments/api-0 1h          alice asks for a port; any /proxy command will do:
                                   pod, list, extend, close, help
    bob: pod payments/worker-0 1h  the same, as bob
    approve                        bob clicks Approve on the newest card; so does: deny
    alice: approve                 the same, as alice
    click Extend 10m               alice clicks that button; or bob: click Close
    look                           #payments once more, as alice sees it
    ?                              these lines
    quit                           everything ends, as with Ctrl-C

  When a card shows 127.0.0.1:PORT, connect from another terminal:
    nc 127.0.0.1 PORT              one of {first} to {last}; the pod echoes

  The bot  http://127.0.0.1:{rest}/ready, /health and /metrics
  Its log  {log}"""


class Verb(StrEnum):
    """What a line asks for."""

    TYPE = "type a command"
    CLICK = "click a button"
    LOOK = "look at the channel"
    GUIDE = "read the guide"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Wish:
    """One line, understood.

    Attributes:
        who: the handle of whoever does it.
        words: the command without its ``/proxy``, or the label of the button.
    """

    verb: Verb
    who: str
    words: str = ""


def understand(line: str, people: Collection[str]) -> Wish:
    """Read a line; a name before it says who does it.

    Args:
        line: as typed.
        people: the handles there are.
    """
    words = line.strip()
    first, _, rest = words.partition(" ")
    named = first.removesuffix(":").lower()
    who, words = (named, rest.strip()) if named in people else ("", words)
    match words.lower().split(maxsplit=1):
        case [] | ["?"]:
            return Wish(Verb.GUIDE, who or ASKS)
        case ["quit" | "exit"]:
            return Wish(Verb.LEAVE, who or ASKS)
        case ["look"]:
            return Wish(Verb.LOOK, who or ASKS)
        case ["approve" | "deny" as label]:
            return Wish(Verb.CLICK, who or DECIDES, label)
        case ["click" | "clicks", _]:
            return Wish(Verb.CLICK, who or ASKS, words.split(maxsplit=1)[1].strip("[ ]"))
        case _:
            return Wish(Verb.TYPE, who or ASKS, words.removeprefix("/proxy").strip())


class Conversation:
    """Does what is typed, and says so where it cannot be done."""

    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self._stage, self._say = stage, narrator
        self._people = {person.name: person for person in stage.people}

    async def run(self, lines: AsyncIterator[str]) -> bool:
        """Take lines until one says to leave.

        Returns:
            Whether one did; else the input has ended.
        """
        self._guide()
        async for line in lines:
            wish = understand(line, self._people)
            if wish.verb is Verb.LEAVE:
                return True
            try:
                await self._do(wish)
            except NotPossibleError as exc:
                self._say.says("Slack", str(exc))
        return False

    async def _do(self, wish: Wish) -> None:
        person, channel = self._people[wish.who], self._stage.channel
        match wish.verb:
            case Verb.GUIDE:
                self._guide()
            case Verb.LOOK:
                self._say.prints("\n" + person.screen(channel))
            case Verb.CLICK:
                message, label = newest_with(wish.words, person, channel)
                self._say.says(person.name, f"clicks [ {label} ]")
                await person.click(message, label)
            case _:
                self._say.says(person.name, f"/proxy {wish.words}")
                answer = await person.command("/proxy", wish.words, channel=channel)
                if answer.shown:
                    self._say.says("Slack", answer.shown)

    def _guide(self) -> None:
        stage = self._stage
        self._say.prints(
            _GUIDE.format(first=stage.first_port, last=stage.rest_port - 1, rest=stage.rest_port, log=stage.bot.log)
        )


def newest_with(label: str, person: Person, channel: Channel) -> tuple[Message, str]:
    """Find the newest message with a button of that label, whatever its case.

    Returns:
        The message, and the label as it stands on the button.

    Raises:
        NotPossibleError: the person sees no such button.
    """
    for message in reversed(person.sees(channel)):
        for control in controls(message.blocks):
            if control.label.lower() == label.lower():
                return message, control.label
    raise NotPossibleError(f"{person.name} sees no button [ {label} ]")
