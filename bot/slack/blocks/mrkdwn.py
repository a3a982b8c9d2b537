"""Slack's mrkdwn, written safely: everything from users and clusters passes through ``escape`` or ``shorten``.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from datetime import UTC, datetime
from typing import Final

from core.domain.mapping import Place
from core.domain.people import Actor, Client, Requester, System

_ENTITY: Final = re.compile(r"&(amp|lt|gt);|.", re.DOTALL)
_REFERENCE: Final = re.compile(r"<([@#!])([^<>|]*)(?:\|([^<>]*))?>")
_GROUP: Final = re.compile(r"S[A-Z0-9]+")
_BROADCASTS: Final = frozenset({"here", "channel", "everyone"})


def escape(text: str) -> str:
    """Take the meaning from ``&``, ``<`` and ``>``: what is left cannot mention, link, or date anything."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, most: int) -> str:
    """Escape, then cut to ``most`` characters as they count for Slack; never inside an entity."""
    escaped = escape(text)
    if len(escaped) <= most:
        return escaped
    kept, length = [], 0
    for found in _ENTITY.finditer(escaped):
        if length + len(found[0]) > most - 1:
            break
        kept.append(found[0])
        length += len(found[0])
    return "".join(kept).rstrip() + "…"


def prose(text: str, most: int) -> str:
    """Escape what a person wrote; mentions in it are shown by their names, and mention nobody."""
    return shorten(_REFERENCE.sub(_by_name, text), most)


def _by_name(found: re.Match[str]) -> str:
    sign = "#" if found[1] == "#" else "@"
    return sign + (found[3] or found[2].split("^")[-1]).lstrip("@#")


def code(text: str, most: int = 500) -> str:
    """Show something to copy. A backtick would end it, and becomes an apostrophe; so would a line break."""
    return f"`{shorten(' '.join(text.replace('`', chr(39)).split()), most) or ' '}`"


def person(who: Requester) -> str:
    """Mention somebody; a new message pings them, an update does not. A client is named: nobody is there to ping."""
    return f"{shorten(who.name, 100)} (REST)" if isinstance(who, Client) else f"<@{who.user}>"


def actor(who: Actor) -> str:
    """Name whoever did something, the parts of the program included."""
    return "Pod-Proxier" if isinstance(who, System) else person(who)


def link(address: str, text: str) -> str:
    """Link something by https. A bar or an angle bracket would end it; the address has none, by where it comes from."""
    label = shorten(" ".join(text.replace("|", "¦").split()), 100)
    return f"<{escape(address)}|{label}>" if address.startswith("https://") and label else label


def mention(principal: str) -> str:
    """Mention whom a rule names: a user's or a group's id, ``here`` or ``channel``; "" for nobody."""
    word = principal.strip().lstrip("@!")
    if not word:
        return ""
    if word in _BROADCASTS:
        return f"<!{word}>"
    return f"<!subteam^{escape(word)}>" if _GROUP.fullmatch(word) else f"<@{escape(word)}>"


def place(where: Place) -> str:
    """Say where it was asked: ``in`` a channel or a direct message, or ``over REST``."""
    if not where.channel:
        return "over REST"
    return "in a direct message" if where.direct else f"in <#{where.channel}>"


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Write a moment in the reader's own time zone; in UTC where a client cannot do that."""
    time = "{time_secs}" if seconds else "{time}"
    utc = at.astimezone(UTC)
    spelled = f"{utc:%Y-%m-%d %H:%M:%S}" if seconds else f"{utc:%Y-%m-%d %H:%M}"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {time}|{spelled} UTC>"
