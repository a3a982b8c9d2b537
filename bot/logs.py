"""The log: one event a line, ours and those of the libraries alike, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.masking import masked
from bot.settings import LogFormat, LogLevel

_QUIET: Final[Mapping[str, int]] = {
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,  # it warns of late timers, and ours may be late: a sweep stands behind them
    "asyncio": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "kubernetes": logging.WARNING,
    "slack_bolt": logging.WARNING,
    "slack_sdk": logging.WARNING,  # below that it shows payloads
    "sqlalchemy": logging.WARNING,
    "uvicorn": logging.WARNING,
}
"""Libraries that say more than anybody wants to read; ``--log-level debug`` does not change it."""

_UNSEEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What steers a terminal, ends a line or turns its direction; a line feed is the renderer's to write."""


def configure_logs(how: LogFormat, level: LogLevel, out: TextIO | None = None) -> None:
    """Send everything to one stream, from ``level`` on.

    Args:
        how: ``key=value`` for people and grep, or JSON.
        level: of our own events, and the least of the libraries'.
        out: stderr, unless a test wants it elsewhere.
    """
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(_formatter(how))
    lowest = logging.getLevelNamesMapping()[level.name]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(lowest)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, lowest))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _formatter(how: LogFormat) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_foreign, *_shared()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _mask, *_renderers(how)],
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _renderers(how: LogFormat) -> list[Processor]:
    if how is LogFormat.JSON:
        return [structlog.processors.JSONRenderer()]
    return [
        _spell_out,
        structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"], bool_as_flag=False),
    ]


def _foreign(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Give a library's sentence a constant name, so that ours can be told from it."""
    return {**event, "event": "library.said", "message": event["event"]}


def _mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take secrets out of every text, tracebacks included."""
    return {key: _masked(value) for key, value in event.items()}


def _spell_out(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Show what would otherwise act on whoever reads the log, or pass for another line of it."""
    return {key: _spelled_out(value) if isinstance(value, str) else value for key, value in event.items()}


def _spelled_out(text: str) -> str:
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _masked(value: object) -> object:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    return value if isinstance(value, int | float | bool) or value is None else masked(str(value))
