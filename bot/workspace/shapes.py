"""Users, channels, messages and views as JSON, in the shapes of the Web API's answers."""

from typing import Any

from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.directory import Directory, Group, Kind, User
from bot.workspace.messages import Message
from bot.workspace.views import View
from bot.workspace.wire import JsonObject


def user_object(user: User, directory: Directory, *, with_email: bool, shares_channel: bool = True) -> JsonObject:
    """A user as in https://docs.slack.dev/reference/objects/user-object.

    `is_stranger` is false for somebody of another team who shares a channel with the app; it says nothing about teams.
    """
    profile = {"real_name": user.real_name, "display_name": user.name, "team": user.team_id}
    if with_email and user.email is not None:
        profile["email"] = user.email
    shape: JsonObject = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.kind is Kind.DELETED,
        "profile": profile,
        "is_bot": user.kind is Kind.BOT,
        "is_app_user": False,
        "updated": 0,
    }
    if user.kind is Kind.DELETED:
        return shape
    if user.team_id != directory.team.id:
        shape["is_stranger"] = not shares_channel
    return {
        **shape,
        "real_name": user.real_name,
        "tz": user.tz,
        "is_admin": user.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.kind in {Kind.GUEST, Kind.ULTRA_GUEST},
        "is_ultra_restricted": user.kind is Kind.ULTRA_GUEST,
        "is_email_confirmed": True,
    }


def group_object(group: Group, team_id: str, *, with_users: bool) -> JsonObject:
    """A user group as in https://docs.slack.dev/reference/objects/usergroup-object."""
    shape: JsonObject = {
        "id": group.id,
        "team_id": team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "handle": group.handle,
        "is_external": False,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.members),
    }
    return {**shape, "users": list(group.members)} if with_users else shape


def channel_object(channel: Channel) -> JsonObject:
    """A conversation as in https://docs.slack.dev/reference/objects/conversation-object, seen by the app."""
    app_user = channel.directory.app.user_id
    shape: JsonObject = {"id": channel.id, "is_archived": channel.archived, "is_im": channel.kind is ChannelKind.IM}
    if channel.kind is ChannelKind.IM:
        return {**shape, "user": next(iter(channel.members - {app_user})), "is_org_shared": False}
    teams = {channel.directory.users[member].team_id for member in channel.members}
    return {
        **shape,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind is ChannelKind.PUBLIC,
        "is_group": channel.kind is ChannelKind.PRIVATE,
        "is_mpim": channel.kind is ChannelKind.MPIM,
        "is_private": channel.kind is not ChannelKind.PUBLIC,
        "is_member": app_user in channel.members,
        "is_general": False,
        "is_ext_shared": len(teams) > 1,
        "num_members": len(channel.members),
    }


def message_object(message: Message) -> JsonObject:
    """A message as methods return it and as a click carries it."""
    directory = message.channel.directory
    author = directory.users[message.author]
    shape: JsonObject = {
        "type": "message",
        "user": author.id,
        "text": message.text,
        "ts": message.ts,
        "team": author.team_id,
    }
    if author.id == directory.app.user_id:
        shape |= {"bot_id": directory.app.bot_id, "app_id": directory.app.id}
    return shape | _only_set(
        subtype="thread_broadcast" if message.broadcast else None,
        blocks=list(message.blocks),
        metadata=message.content.metadata,
        edited={"user": directory.app.bot_id, "ts": message.edits[-1]} if message.edits else None,
        thread_ts=message.thread_ts or (message.ts if message.replies else None),
        reply_count=len(message.replies),
    )


def view_object(view: View, directory: Directory, state_values: JsonObject | None = None) -> JsonObject:
    """A view as methods return it and as a submission carries it."""
    content = view.content
    return {
        "id": view.id,
        "team_id": directory.team.id,
        "type": content["type"],
        "blocks": list(view.blocks),
        "private_metadata": content.get("private_metadata") or "",
        "callback_id": content.get("callback_id") or "",
        "state": {"values": state_values or {}},
        "hash": view.hash,
        "title": content.get("title"),
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": directory.app.id,
        "external_id": view.external_id,
        "app_installed_team_id": directory.team.id,
        "bot_id": directory.app.bot_id,
    }


def _only_set(**fields: Any) -> JsonObject:
    return {name: value for name, value in fields.items() if value}
