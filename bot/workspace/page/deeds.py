"""What somebody does at the page, done as that person; the page is told what Slack's client would say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.workspace.errors import NotPossibleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.workspace.hands.answer import Answer
    from bot.workspace.hands.person import Person
    from bot.workspace.messages import Message
    from bot.workspace.views import View
    from bot.workspace.wire import JsonObject

    Deed = Callable[[Person, JsonObject], Awaitable[JsonObject]]


async def do(person: Person, wish: JsonObject) -> JsonObject:
    """Do one thing.

    Args:
        person: who does it.
        wish: ``what`` names the deed, the rest is what it needs.

    Returns:
        ``told``: what Slack itself says to the person, or null; and ``options`` for a suggestion.
    """
    deed = DEEDS.get(str(wish.get("what")))
    if deed is None:
        return {"told": f"there is no deed {wish.get('what')!r}"}
    try:
        return {"told": None, **await deed(person, wish)}
    except NotPossibleError as exc:
        return {"told": str(exc)}
    except (KeyError, TypeError) as exc:
        return {"told": f"the page asked for something incomplete: {exc!r}"}


async def _types(person: Person, wish: JsonObject) -> JsonObject:
    text, channel = str(wish["text"]).strip(), person.channel(str(wish["channel"]))
    if text.startswith("/") and not wish.get("thread"):
        command, _, rest = text.partition(" ")
        return _told(await person.command(command, rest.strip(), channel=channel))
    thread = channel.find(str(wish["thread"])) if wish.get("thread") else None
    if text:
        await person.says(text, channel=channel, thread=thread)
    return {}


async def _clicks(person: Person, wish: JsonObject) -> JsonObject:
    how: dict[str, Any] = {"block_id": str(wish["block"])}
    if wish.get("option") is not None:
        how["option"] = wish["option"]
    return _told(await person.click(_surface(person, wish), str(wish["action"]), **how))


async def _submits(person: Person, wish: JsonObject) -> JsonObject:
    return _told(await person.submit(_modal(person), wish["answers"]))


async def _dismisses(person: Person, _: JsonObject) -> JsonObject:
    answer = await person.dismiss(_modal(person))
    return _told(answer) if answer else {}


async def _asks_for_options(person: Person, wish: JsonObject) -> JsonObject:
    return {"options": await person.suggest(_surface(person, wish), str(wish["action"]), str(wish.get("typed", "")))}


async def _opens_home(person: Person, _: JsonObject) -> JsonObject:
    await person.opens_home()
    return {}


DEEDS: Final[Mapping[str, Deed]] = {
    "type": _types,
    "click": _clicks,
    "submit": _submits,
    "dismiss": _dismisses,
    "suggest": _asks_for_options,
    "home": _opens_home,
}


def _told(answer: Answer) -> JsonObject:
    return {"told": answer.shown}


def _modal(person: Person) -> View:
    modal = person.top_modal
    if modal is None:
        raise NotPossibleError("no modal is open")
    return modal


def _surface(person: Person, wish: JsonObject) -> Message | View:
    """Find what is clicked on: a message that the person sees, the modal, or the home tab."""
    if wish.get("channel"):
        found = (m for m in person.sees(str(wish["channel"])) if m.ts == wish["ts"])
        message = next(found, None)
        if message is None:
            raise NotPossibleError("that message is gone")
        return message
    home = person.home_tab
    return home if home is not None and wish.get("view") == home.id else _modal(person)
