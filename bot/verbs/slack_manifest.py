import argparse

from bot.slack.manifest import manifest
from bot.verbs import settings_of


def run(chosen: argparse.Namespace) -> int:
    """Print the manifest."""
    print(manifest(settings_of(chosen).slack_transport, chosen.url))
    return 0
