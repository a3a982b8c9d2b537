"""chat.*: post, update, delete, show to one person, link."""

from collections.abc import Sequence
from typing import Final

from bot.workspace import posting
from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.directory import Kind
from bot.workspace.errors import ApiError
from bot.workspace.messages import Content, Message, Origin
from bot.workspace.shapes import message_object
from bot.workspace.webapi.method import TIER_3, TIER_4, Call, Method
from bot.workspace.wire import JsonObject


def post_message(call: Call) -> JsonObject:
    """chat.postMessage: into a channel by id or name, or to a person by user id."""
    channel = _addressed(call)
    _check_may_post(call, channel)
    content = _content(call)
    place = posting.Place(channel, call.args.text("thread_ts"), broadcast=call.args.flag("reply_broadcast"))
    message = posting.post(call.state, place, content, _origin(call, "chat.postMessage"))
    return {"channel": channel.id, "ts": message.ts, "message": message_object(message)}


def post_ephemeral(call: Call) -> JsonObject:
    """chat.postEphemeral: to one member of a channel."""
    channel = _addressed(call)
    _check_may_post(call, channel)
    reader = call.args.required("user")
    if reader not in channel.members:
        raise ApiError("user_not_in_channel")
    content = _content(call)
    place = posting.Place(channel, call.args.text("thread_ts"), reader)
    return {"message_ts": posting.post(call.state, place, content, _origin(call, "chat.postEphemeral")).ts}


def update(call: Call) -> JsonObject:
    """chat.update: blocks that are left out stay, an empty list removes them."""
    message = _own_message(call, "cant_update_message")
    if message.channel.archived:
        raise ApiError("is_inactive")
    kept = message.blocks if call.args.values.get("blocks") is None else ()
    content = _content(call, limit=posting.UPDATE_TEXT)
    blocks = tuple(kept) or content.blocks
    if _is_rich(message.blocks) or _is_rich(blocks):  # Slack minds one against the other; an update has neither here
        raise ApiError("block_mismatch")
    metadata = content.metadata or message.content.metadata
    posting.change(call.state, message, Content(content.text, blocks, metadata))
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": message_object(message)}


def delete(call: Call) -> JsonObject:
    """chat.delete: the app's own messages."""
    message = _own_message(call, "cant_delete_message")
    posting.remove(call.state, message)
    return {"channel": message.channel.id, "ts": message.ts}


def get_permalink(call: Call) -> JsonObject:
    """chat.getPermalink."""
    channel = visible_channel(call)
    message = channel.find(call.args.required("message_ts"))
    if message is None:
        raise ApiError("message_not_found")
    link = f"https://{call.state.directory.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    return {"channel": channel.id, "permalink": link + thread}


def visible_channel(call: Call) -> Channel:
    """The channel with the id in the arguments, if the app may know of it.

    Raises:
        ApiError: it does not exist, or is private and the app is not in it.
    """
    channel = call.state.channels.get(call.args.required("channel"))
    if channel is None or _is_hidden(call, channel):
        raise ApiError("channel_not_found")
    return channel


def _addressed(call: Call) -> Channel:
    """The channel a message goes to: by id, by name, or the DM with a user."""
    address = call.args.required("channel")
    user = call.state.directory.users.get(address)
    if user is not None and user.kind not in {Kind.DELETED, Kind.BOT}:
        return call.state.dm_with(user.id)
    channel = call.state.channel_named(address)
    if channel is None or _is_hidden(call, channel):
        raise ApiError("channel_not_found")
    return channel


def _is_hidden(call: Call, channel: Channel) -> bool:
    return channel.kind is not ChannelKind.PUBLIC and call.state.directory.app.user_id not in channel.members


def _check_may_post(call: Call, channel: Channel) -> None:
    if channel.archived:
        raise ApiError("is_archived")
    member = call.state.directory.app.user_id in channel.members
    if not member and not channel.is_dm and "chat:write.public" not in call.caller.scopes:
        raise ApiError("not_in_channel")


def _own_message(call: Call, otherwise: str) -> Message:
    channel = visible_channel(call)
    message = channel.find(call.args.required("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.author != call.state.directory.app.user_id:
        raise ApiError(otherwise)
    return message


def _content(call: Call, *, limit: int = posting.POST_TEXT) -> Content:
    return posting.read_content(call.state, call.args.values, limit=limit, size_counts=True)


def _is_rich(blocks: Sequence[JsonObject]) -> bool:
    return any(block["type"] == "rich_text" for block in blocks)


def _origin(call: Call, method: str) -> Origin:
    return Origin(call.state.directory.app.user_id, method)


_WRITE: Final = ("chat:write",)

METHODS: Final = {
    "chat.postMessage": Method(post_message, _WRITE, per_minute=None),
    "chat.postEphemeral": Method(post_ephemeral, _WRITE, TIER_4),
    "chat.update": Method(update, _WRITE, TIER_3),
    "chat.delete": Method(delete, _WRITE, TIER_3),
    "chat.getPermalink": Method(get_permalink, (), per_minute=None),
}
