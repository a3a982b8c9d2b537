"""How people get in: commands and clicks, by Socket Mode or by signed HTTP."""

from bot.slack.door.door import SlackDoor
from bot.slack.door.listeners.events import News
from bot.slack.door.services import Services

__all__ = ["News", "Services", "SlackDoor"]
