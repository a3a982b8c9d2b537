"""Settings: one model (``model``) for flags, environment and file."""

from bot.settings.errors import BadSettings
from bot.settings.flags import add_flags, flags_in
from bot.settings.loading import load, settle
from bot.settings.model import Settings
from bot.settings.values import GatewayKind, LogFormat, LogLevel

__all__ = [
    "BadSettings",
    "GatewayKind",
    "LogFormat",
    "LogLevel",
    "Settings",
    "add_flags",
    "flags_in",
    "load",
    "settle",
]
