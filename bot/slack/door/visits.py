"""What a payload says of who did something and where; taken from the signed payload and from nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from core.domain.mapping import Place
from core.domain.people import Person, TeamId, UserId
from core.services.access import Who

Body: TypeAlias = Mapping[str, Any]
"""A payload, as Bolt hands it over."""

_DIRECT: Final = "D"
"""What the id of a conversation begins with that is no channel."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A person who typed a command or clicked a button, and how to answer.

    Attributes:
        delivery: dedupe key of the payload.
        thread: where the button stood in a thread, so that the answer stands there too.
        response_url: good for five answers in half an hour, in places too where the bot may not post.
        typed: what was typed after the command; ``None`` for a click.
        clicked: the button's value; ``None`` for a command.
        at_home: it was clicked on their Home tab, where nothing can be posted.
        modal: the id of the modal it was done in, where nothing can be posted either.
        trigger: what a modal can be opened with, for three seconds.
    """

    person: Person
    place: Place
    delivery: str | None = None
    response_url: str | None = None
    thread: str | None = None
    typed: str | None = None
    clicked: str | None = None
    at_home: bool = False
    modal: str | None = None
    trigger: str | None = None

    @property
    def who(self) -> Who:
        """Whoever it was, as the services know them."""
        return Who(self.person, self.delivery)


def read_visit(body: Body) -> Visit | None:
    """Read a command or a click; ``None`` for what no person waits on."""
    if "command" in body:
        return _command(body)
    match body.get("type"):
        case "block_actions" | "block_suggestion" | "view_submission" | "shortcut":
            return _click(body)
        case _:
            return None


def read_delivery(body: Body) -> str | None:
    """Name a delivery: the same name is the same delivery again."""
    name = body.get("event_id") or body.get("trigger_id")
    return f"{_team(body)}:{name}" if name else None


def _command(body: Body) -> Visit:
    return Visit(
        Person(TeamId(_team(body)), UserId(body["user_id"])),
        _place(body["channel_id"]),
        read_delivery(body),
        response_url=body.get("response_url"),
        typed=body.get("text", ""),
        trigger=body.get("trigger_id"),
    )


def _click(body: Body) -> Visit:
    """Read a click. The team is the user's own: ``team.id`` is ours for people of other workspaces too."""
    user, container, view = body["user"], body.get("container") or {}, body.get("view") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id", "")
    return Visit(
        Person(TeamId(user.get("team_id", "")), UserId(user["id"])),
        _place(channel),
        read_delivery(body),
        response_url=body.get("response_url"),
        thread=container.get("thread_ts"),
        clicked=_clicked(body),
        at_home=view.get("type") == "home",
        modal=view["id"] if view.get("type") == "modal" else None,
        trigger=body.get("trigger_id"),
    )


def _clicked(body: Body) -> str:
    return next((str(action.get("value", "")) for action in body.get("actions") or ()), "")


def _team(body: Body) -> str:
    return str(body.get("team_id") or (body.get("team") or {}).get("id", ""))


def _place(channel: str) -> Place:
    return Place(channel, direct=channel.startswith(_DIRECT))
