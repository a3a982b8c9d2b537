import argparse

from bot.settings import BadSettings
from bot.slack.manifest import EXAMPLE_URL, manifest
from bot.verbs.settings import settings_of


def run(chosen: argparse.Namespace) -> int:
    """Print the manifest."""
    if not chosen.url.startswith("https://"):
        raise BadSettings(
            [f"--url: {chosen.url!r} is no https URL, and Slack posts to no other; for example --url {EXAMPLE_URL}"]
        )
    print(manifest(settings_of(chosen).slack_transport, chosen.url))
    return 0
