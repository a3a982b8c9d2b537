"""What one person has before their eyes, as plain values for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.directory import Kind
from bot.workspace.rendering.transcript import called, titled
from bot.workspace.shapes import view_object

if TYPE_CHECKING:
    from bot.workspace.channels import Channel
    from bot.workspace.hands.person import Person
    from bot.workspace.messages import Message
    from bot.workspace.state import State
    from bot.workspace.views import View
    from bot.workspace.wire import JsonObject


def picture(state: State, person: Person) -> JsonObject:
    """Everything the page shows to a person now."""
    conversations = [*_channels(state, person), person.app_dm]
    return {
        "team": state.directory.team.name,
        "app": state.directory.app.name,
        "me": {"id": person.id, "name": person.name, "tz": person.user.tz},
        "names": _names(state),
        "conversations": [
            {
                "id": channel.id,
                "title": titled(channel),
                "direct": channel.is_dm,
                "messages": _messages(channel, person),
            }
            for channel in conversations
        ],
        "modal": _view(person.top_modal, state),
        "home": _view(person.home_tab, state),
        "commands": list(state.settings.commands),
    }


def _channels(state: State, person: Person) -> list[Channel]:
    app = state.directory.app.user_id
    own = [channel for channel in state.channels.values() if person.id in channel.members]
    return [channel for channel in own if not (channel.is_dm and channel.members == {person.id, app})]


def _names(state: State) -> dict[str, str]:
    directory = state.directory
    users = {user.id: called(user) for user in directory.users.values()}
    groups = {group.id: group.handle for group in directory.groups.values()}
    return users | groups | directory.channel_names


def _messages(channel: Channel, person: Person) -> list[JsonObject]:
    return [_message(message, channel) for message in person.sees(channel)]


def _message(message: Message, channel: Channel) -> JsonObject:
    author = channel.directory.users[message.author]
    return {
        "ts": message.ts,
        "thread": message.thread_ts if message.is_reply else None,
        "author": called(author),
        "bot": author.kind is Kind.BOT,
        "at": message.history[0].at,
        "text": message.text,
        "blocks": list(message.blocks),
        "aloud": message.broadcast,
        "edited": message.edited,
        "private": message.ephemeral_to is not None,
    }


def _view(view: View | None, state: State) -> dict[str, Any] | None:
    if view is None:
        return None
    return {**view_object(view, state.directory), "errors": view.errors}
