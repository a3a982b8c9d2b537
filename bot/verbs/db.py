import argparse
import asyncio

from bot.bootstrap import database_revision, upgrade_database
from bot.verbs.settings import settings_of


def run(chosen: argparse.Namespace) -> int:
    """Migrate the database, or say how far it is."""
    do = upgrade_database if chosen.what == "upgrade" else database_revision
    print(asyncio.run(do(settings_of(chosen))))
    return 0
