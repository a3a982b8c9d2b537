"""What people type after ``/proxy``, read and written: forgiving where the meaning is certain, else an error."""

from bot.slack.parsing.commands import Close, Command, Extend, GiveHelp, ListThem, OpenForm, Request, written
from bot.slack.parsing.line import parse

__all__ = ["Close", "Command", "Extend", "GiveHelp", "ListThem", "OpenForm", "Request", "parse", "written"]
