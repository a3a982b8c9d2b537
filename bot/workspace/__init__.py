"""A local Slack workspace: the server, the people, and the strictness, without Slack.

`make demo` and the end-to-end tests run the unchanged bot against it, over Slack's real wire formats: the Web API,
Socket Mode, and signed requests. It imports nothing of the bot.
"""

from bot.workspace.bell import NotSeenError
from bot.workspace.channels import Channel
from bot.workspace.delivery.parcels import Outcome, Status
from bot.workspace.directory import Group, Kind
from bot.workspace.errors import NotPossibleError
from bot.workspace.hands.answer import Answer
from bot.workspace.hands.person import Person
from bot.workspace.messages import Message
from bot.workspace.rates import Enforced
from bot.workspace.rendering.transcript import render, render_channel, render_view
from bot.workspace.settings import Settings
from bot.workspace.views import View
from bot.workspace.workspace import Workspace

__all__ = [
    "Answer",
    "Channel",
    "Enforced",
    "Group",
    "Kind",
    "Message",
    "NotPossibleError",
    "NotSeenError",
    "Outcome",
    "Person",
    "Settings",
    "Status",
    "View",
    "Workspace",
    "render",
    "render_channel",
    "render_view",
]
