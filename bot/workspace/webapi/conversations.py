"""conversations.*: what there is, who is in it, open a DM, join."""

from typing import Final

from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.directory import Kind
from bot.workspace.errors import ApiError
from bot.workspace.shapes import channel_object
from bot.workspace.webapi.chat import visible_channel
from bot.workspace.webapi.method import TIER_2, TIER_3, TIER_4, Call, Method
from bot.workspace.webapi.pages import page
from bot.workspace.wire import JsonObject

_READ: Final = {
    ChannelKind.PUBLIC: "channels:read",
    ChannelKind.PRIVATE: "groups:read",
    ChannelKind.IM: "im:read",
    ChannelKind.MPIM: "mpim:read",
}
_ANY_READ: Final = tuple(_READ.values())
_WRITE: Final = {ChannelKind.IM: "im:write", ChannelKind.MPIM: "mpim:write"}
_ANY_WRITE: Final = (*_WRITE.values(), "channels:manage", "groups:write")
_MOST_USERS: Final = 8


def info(call: Call) -> JsonObject:
    """conversations.info, with the scope of that kind of conversation."""
    return {"channel": channel_object(_readable(call))}


def members(call: Call) -> JsonObject:
    """conversations.members."""
    return page("members", sorted(_readable(call).members), call.args)


def list_channels(call: Call) -> JsonObject:
    """conversations.list: public ones unless `types` says otherwise."""
    kinds = call.args.words("types") or [ChannelKind.PUBLIC]
    if unknown := set(kinds) - set(ChannelKind):
        raise ApiError("invalid_types", *sorted(unknown))
    call.caller.require(*(_READ[ChannelKind(kind)] for kind in kinds))
    app_user = call.state.directory.app.user_id
    shown = [
        channel_object(channel)
        for channel in call.state.channels.values()
        if channel.kind in kinds
        and (channel.kind is ChannelKind.PUBLIC or app_user in channel.members)
        and not (channel.archived and call.args.flag("exclude_archived"))
    ]
    return page("channels", shown, call.args)


def open_dm(call: Call) -> JsonObject:
    """conversations.open: the DM with one person or several; the same each time."""
    if call.args.text("channel"):
        return _opened(call, _dm(call), already=True)
    user_ids = call.args.words("users")
    if not user_ids:
        raise ApiError("users_list_not_supplied")
    if len(user_ids) > _MOST_USERS:
        raise ApiError("too_many_users")
    call.caller.require(_WRITE[ChannelKind.IM if len(user_ids) == 1 else ChannelKind.MPIM])
    for user_id in user_ids:
        _check_can_be_written_to(call, user_id)
    before = len(call.state.channels)
    channel = call.state.dm_with(*user_ids)
    return _opened(call, channel, already=len(call.state.channels) == before)


def join(call: Call) -> JsonObject:
    """conversations.join: a public channel."""
    channel = visible_channel(call)
    if channel.kind is not ChannelKind.PUBLIC:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    channel.members.add(call.state.directory.app.user_id)
    return {"channel": channel_object(channel)}


def _readable(call: Call) -> Channel:
    channel = visible_channel(call)
    call.caller.require(_READ[channel.kind])
    return channel


def _dm(call: Call) -> Channel:
    channel = visible_channel(call)
    if channel.kind not in _WRITE:
        raise ApiError("method_not_supported_for_channel_type")
    return channel


def _check_can_be_written_to(call: Call, user_id: str) -> None:
    kind = call.state.user(user_id).kind
    if kind is Kind.STRANGER and not call.state.shares_channel(user_id):
        raise ApiError("invalid_user_combination")
    if kind is Kind.DELETED:
        raise ApiError("user_disabled")
    if kind is Kind.BOT:
        raise ApiError("cannot_dm_bot")


def _opened(call: Call, channel: Channel, *, already: bool) -> JsonObject:
    shown = channel_object(channel) if call.args.flag("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if already else {})}


METHODS: Final = {
    "conversations.info": Method(info, _ANY_READ, TIER_3),
    "conversations.members": Method(members, _ANY_READ, TIER_4),
    "conversations.list": Method(list_channels, _ANY_READ, TIER_2),
    "conversations.open": Method(open_dm, _ANY_WRITE, TIER_3),
    "conversations.join": Method(join, ("channels:join",), TIER_3),
}
