"""How a mapping stands, in a sentence for a person at a terminal."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.client.models import OPEN, PENDING, EndingView, ExtensionView, MappingView
from core.domain.ttl import format_ttl

_MINUTE: Final = timedelta(minutes=1)
_CAUSES: Final[Mapping[str, str]] = {
    "expired": "its time ran out",
    "closed": "closed by {by}",
    "replaced": "replaced by {by}",
    "target_gone": "its pod is gone",
    "open_failed": "it could not be opened",
    "denied": "denied by {by}",
    "withdrawn": "taken back by {by}",
    "lapsed": "nobody approved it in time",
    "revoked": "revoked by {by}",
}
_SAID_BY_THE_CAUSE: Final = frozenset({"denied", "withdrawn"})


def standing(view: MappingView, now: datetime) -> str:
    """Say how it stands; for one that is over, how it ended."""
    if view.state == OPEN:
        return f"{view.id} is open: {view.endpoint}" + _left(view, now) + _more_wanted(view.extension)
    if view.state not in PENDING:
        return _over(view)
    if view.state == "requested":
        return f"{view.id} {waits(view.approvals.missing)}" + _lapses(view, now)
    if view.trouble:
        return f"{view.id} is approved, and not open yet: {one_line(view.trouble)}"
    return f"{view.id} is approved; its port is being opened"


def waits(missing: int) -> str:
    """Say whose turn it is."""
    return f"waits for {missing} approval{'' if missing == 1 else 's'}; the card is in Slack"


def ended(ending: EndingView) -> str:
    """Say why it ended."""
    why = _CAUSES.get(ending.cause, ending.cause).format(by=short(ending.by))
    return f"{why} ({one_line(ending.detail)})" if ending.detail else why


def left(until: datetime | None, now: datetime) -> str:
    """Write how long it is until then, to the minute, or to the second where it is less; "" where there is no then."""
    if until is None:
        return ""
    span = max(until - now, timedelta())
    return format_ttl(span - span % _MINUTE if span >= _MINUTE else span)


def short(actor: str | None) -> str:
    """Name somebody by the last part: ``slack:T0/U1`` is U1, ``rest:ci`` is ci."""
    if not actor:
        return "somebody"
    scheme, _, rest = one_line(actor).partition(":")
    return f"the {rest}" if scheme == "system" else rest.rpartition("/")[2] or scheme


def one_line(text: str) -> str:
    """Take out what would move the cursor, or write elsewhere on the screen: the text is somebody else's."""
    return " ".join("".join(char if char.isprintable() or char.isspace() else "\ufffd" for char in text).split())


def _over(view: MappingView) -> str:
    if view.ending is None:
        return f"{view.id} is {view.state}"
    why = ended(view.ending)
    return f"{view.id} was {why}" if view.state in _SAID_BY_THE_CAUSE else f"{view.id} is {view.state}: {why}"


def _left(view: MappingView, now: datetime) -> str:
    return f", {left(view.expires_at, now)} left" if view.expires_at else ""


def _lapses(view: MappingView, now: datetime) -> str:
    return f"; it lapses in {left(view.pending_until, now)}" if view.pending_until else ""


def _more_wanted(extension: ExtensionView | None) -> str:
    if extension is None:
        return ""
    return f"; {format_ttl(timedelta(seconds=extension.by_seconds))} more {waits(extension.approvals.missing)}"
