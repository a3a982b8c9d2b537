"""What the verbs take that work on the bot's own settings."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bot.settings import add_flags
from bot.slack.manifest import EXAMPLE_URL

_GATEWAY_FIELDS: Final = (
    "gateway",
    "ports",
    "bind_addr",
    "whoami_port",
    "stats_port",
    "hide_backend",
    "haproxy_socket",
    "api_addr",
    "api_user",
    "enable_v1",
    "default_map_port",
    "entry_api",
    "enable_v2",
    "port_range_start",
    "port_range_end",
    "check_interval",
    "check_timeout",
    "off_check",
    "state_dir",
    "config",
)
DATABASE_FIELDS: Final = ("state_dir", "database_url", "config")
_MANIFEST_FIELDS: Final = ("slack_transport",)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stay", action="store_true", help="keep everything running afterwards, to look around")
    parser.add_argument(
        "--web", action="store_true", help="play nothing; serve the workspace as a page to click through"
    )


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="NS/POD:PORT", help="try this pod as well, from the gateway's side")
    add_flags(parser)


def _haproxy_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", metavar="FOLDER", type=Path, help="write all its files there instead")
    add_flags(parser, _GATEWAY_FIELDS)


def _slack_manifest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default=EXAMPLE_URL, help="with --slack-transport http: where Slack posts to")
    add_flags(parser, _MANIFEST_FIELDS)


def _db(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=("upgrade", "revision"), metavar="upgrade|revision", help="migrate it; or say how far it is"
    )
    add_flags(parser, DATABASE_FIELDS)


FLAGS: Final[Mapping[str, Callable[[argparse.ArgumentParser], None]]] = {
    "serve": add_flags,
    "demo": _demo,
    "doctor": _doctor,
    "haproxy-config": _haproxy_config,
    "slack-manifest": _slack_manifest,
    "db": _db,
}
