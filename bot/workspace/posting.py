"""Messages come into being, change and go, by whatever way: a method, a response URL, the answer to a command."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.workspace.channels import Channel
from bot.workspace.completion import completed
from bot.workspace.errors import ApiError
from bot.workspace.messages import Content, Message, Origin, Version
from bot.workspace.response_urls import ResponseUrl
from bot.workspace.state import State
from bot.workspace.validation import check_message_blocks
from bot.workspace.validation.surfaces import too_long
from bot.workspace.wire import JsonObject

POST_TEXT: Final = 40_000
UPDATE_TEXT: Final = 4_000
"""https://docs.slack.dev/changelog/2018-truncating-really-long-messages and the page of chat.update."""

_TS: Final = re.compile(r"\d+\.\d{6}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: into a channel, perhaps into a thread, perhaps to one reader only.

    Attributes:
        broadcast: a reply that stands in the channel as well.
    """

    channel: Channel
    thread_ts: str | None = None
    reader: str | None = None
    broadcast: bool = False


def read_content(
    state: State, fields: Mapping[str, Any], *, limit: int = POST_TEXT, size_counts: bool = False
) -> Content:
    """The content in the arguments of a method or in the body of an answer.

    Args:
        state: the workspace.
        fields: the arguments, or the body.
        limit: of the text.
        size_counts: blocks that are together too long are refused; answers to a response URL may be longer.

    Raises:
        ApiError: Slack would refuse it, or blocks come without a text and the workspace requires one.
    """
    text, blocks = str(fields.get("text") or ""), _blocks(fields.get("blocks"))
    if fields.get("attachments"):
        raise ApiError("invalid_attachments", "[ERROR] this workspace takes blocks only [json-pointer:/attachments]")
    if problems := check_message_blocks(blocks):
        raise ApiError("invalid_blocks", *map(str, problems))
    if size_counts and too_long(blocks):
        raise ApiError("msg_blocks_too_long")
    _check_text(state, text, limit, needed=not blocks)
    return Content(text, completed(blocks, state.mint.short), _metadata(fields.get("metadata")))


def _check_text(state: State, text: str, limit: int, *, needed: bool) -> None:
    if len(text) > limit:
        raise ApiError("msg_too_long")
    if text.strip():
        return
    if needed:
        raise ApiError("no_text")
    if state.settings.require_text:
        raise ApiError("no_text", "[ERROR] blocks without a text say nothing to a screen reader [json-pointer:/text]")


def post(state: State, place: Place, content: Content, origin: Origin) -> Message:
    """Post a message.

    Raises:
        ApiError: the channel is archived, or the thread is none.
    """
    if place.channel.archived:
        raise ApiError("is_archived")
    if place.thread_ts is not None:
        _check_thread(place.channel, place.thread_ts)
    now = state.clock.time()
    message = Message(
        place.channel,
        state.mint.timestamp(now),
        origin,
        [Version(content, now)],
        thread_ts=place.thread_ts,
        ephemeral_to=place.reader,
        broadcast=place.broadcast and place.thread_ts is not None,
    )
    return state.add_message(message)


def change(state: State, message: Message, content: Content) -> Message:
    """Give a message other content; the old stays in its history."""
    now = state.clock.time()
    message.history.append(Version(content, now))
    message.edits.append(state.mint.timestamp(now))
    state.bell.ring()
    return message


def remove(state: State, message: Message) -> None:
    """Delete a message."""
    message.deleted = True
    state.bell.ring()


def answer(state: State, url: ResponseUrl, body: JsonObject, method: str) -> Message | None:
    """Do what the body of a response URL, or of the acknowledgement of a command, asks for.

    A click's answer that does not say `replace_original` takes the place of the message that was clicked: Slack's pages
    leave it open, and apps that did not say it lost their messages (Netflix/dispatch#2865, getsentry/sentry#73590).

    Raises:
        ApiError: Slack would refuse the body.
    """
    if url.source is not None and _is_true(body.get("delete_original", False)):
        remove(state, url.source)
        return None
    content = read_content(state, body)
    if url.source is not None and _is_true(body.get("replace_original", True)):
        return change(state, url.source, content)
    reader = None if body.get("response_type") == "in_channel" else url.user_id
    place = Place(url.channel, body.get("thread_ts"), reader)
    return post(state, place, content, Origin(state.directory.app.user_id, method, url.path))


def _check_thread(channel: Channel, thread_ts: str) -> None:
    """A thread hangs on a message that is no reply itself.

    Slack takes any `thread_ts` of the right form, and shows the reply to nobody where there is no such message; here
    that is an error.
    """
    if not _TS.fullmatch(thread_ts):
        raise ApiError("invalid_thread_ts", f"[ERROR] {thread_ts} is not a valid thread_ts")
    parent = next((message for message in channel.everything if message.ts == thread_ts), None)
    if parent is None:
        raise ApiError("thread_not_found")
    if parent.is_reply or parent.ephemeral_to is not None:
        raise ApiError("cannot_reply_to_message")


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _blocks(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as exc:
            raise ApiError("invalid_blocks_format") from exc
    if value is None:
        return []
    if not isinstance(value, list):
        raise ApiError("invalid_blocks_format")
    return value


def _metadata(value: Any) -> JsonObject | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as exc:
            raise ApiError("invalid_metadata_format") from exc
    if not isinstance(value, dict) or not {"event_type", "event_payload"} <= set(value):
        raise ApiError("invalid_metadata_format")
    return value
