"""users.* and usergroups.*: who there is, and who belongs together."""

from typing import Final

from bot.workspace.directory import Kind, User
from bot.workspace.errors import ApiError
from bot.workspace.shapes import group_object, user_object
from bot.workspace.webapi.method import TIER_2, TIER_3, TIER_4, Call, Method
from bot.workspace.webapi.pages import page
from bot.workspace.wire import JsonObject


def info(call: Call) -> JsonObject:
    """users.info: one user by id."""
    return {"user": _shown(call, call.state.user(call.args.required("user")))}


def list_users(call: Call) -> JsonObject:
    """users.list: everybody, deleted ones too."""
    return page("members", [_shown(call, user) for user in call.state.directory.users.values()], call.args)


def lookup_by_email(call: Call) -> JsonObject:
    """users.lookupByEmail: an active user by address."""
    email = call.args.required("email").lower()
    for user in call.state.directory.users.values():
        if user.email and user.email.lower() == email and user.kind is not Kind.DELETED:
            return {"user": _shown(call, user)}
    raise ApiError("users_not_found")


def list_groups(call: Call) -> JsonObject:
    """usergroups.list: the enabled ones unless told otherwise."""
    with_users = call.args.flag("include_users")
    shown = [
        group_object(group, call.state.directory.team.id, with_users=with_users)
        for group in call.state.directory.groups.values()
        if not group.disabled or call.args.flag("include_disabled")
    ]
    return {"usergroups": shown}


def group_users(call: Call) -> JsonObject:
    """usergroups.users.list: the user ids in a group."""
    group = call.state.directory.groups.get(call.args.required("usergroup"))
    if group is None or (group.disabled and not call.args.flag("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def _shown(call: Call, user: User) -> JsonObject:
    with_email = "users:read.email" in call.caller.scopes
    together = call.state.shares_channel(user.id)
    return user_object(user, call.state.directory, with_email=with_email, shares_channel=together)


METHODS: Final = {
    "users.info": Method(info, ("users:read",), TIER_4),
    "users.list": Method(list_users, ("users:read",), TIER_2),
    "users.lookupByEmail": Method(lookup_by_email, ("users:read.email",), TIER_3),
    "usergroups.list": Method(list_groups, ("usergroups:read",), TIER_2),
    "usergroups.users.list": Method(group_users, ("usergroups:read",), TIER_2),
}
