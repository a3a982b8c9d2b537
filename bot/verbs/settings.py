import argparse
import os

from bot.settings import Settings, flags_in, settle


def settings_of(chosen: argparse.Namespace) -> Settings:
    """Settle the settings from flags, environment and file.

    Raises:
        BadSettings: names each that is wrong.
    """
    return settle(flags_in(chosen), os.environ)
