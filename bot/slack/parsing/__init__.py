"""What people type after ``/proxy``, read and written: forgiving where the meaning is certain, else an error."""

from bot.slack.parsing.commands import (
    Brake,
    Close,
    Command,
    Extend,
    FreezeAll,
    GiveHelp,
    ListThem,
    OpenForm,
    Request,
    RevokeAll,
    Thaw,
    written,
)
from bot.slack.parsing.line import parse

__all__ = [
    "Brake",
    "Close",
    "Command",
    "Extend",
    "FreezeAll",
    "GiveHelp",
    "ListThem",
    "OpenForm",
    "Request",
    "RevokeAll",
    "Thaw",
    "parse",
    "written",
]
