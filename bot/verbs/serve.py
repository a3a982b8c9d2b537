import argparse
import asyncio

from bot.logs import configure_logs
from bot.serving import serve
from bot.verbs.settings import settings_of


def run(chosen: argparse.Namespace) -> int:
    """Run the bot until it is told to stop."""
    settings = settings_of(chosen)
    configure_logs(settings.log_format, settings.log_level)
    asyncio.run(serve(settings))
    return 0
