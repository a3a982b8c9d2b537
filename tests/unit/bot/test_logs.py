import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import configure_logs
from bot.settings import LogFormat, LogLevel


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where the log goes; everything global is as before afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logger.level for name, logger in _loggers().items()}
    yield io.StringIO()
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, logger in _loggers().items():
        logger.setLevel(levels.get(name, logging.NOTSET))


def _loggers() -> dict[str, logging.Logger]:
    known = logging.Logger.manager.loggerDict
    return {name: logger for name, logger in known.items() if isinstance(logger, logging.Logger)}


def _break(words: str) -> None:
    raise ValueError(words)


def test_an_event_is_one_line_of_keys_and_values(out: io.StringIO) -> None:
    configure_logs(LogFormat.TEXT, LogLevel.INFO, out)
    structlog.get_logger("core.services.reconciler").info("mapping.opened", id=42, port=10004, why="it's time")
    [line] = out.getvalue().splitlines()
    assert line.startswith("at=20")
    assert ' level=info event=mapping.opened id=42 port=10004 why="it\'s time" logger=core.services.reconciler' in line


def test_an_event_is_one_line_of_json(out: io.StringIO) -> None:
    configure_logs(LogFormat.JSON, LogLevel.INFO, out)
    structlog.get_logger("core").warning("gateway.failed", id=42, ports=[1, 2])
    event = json.loads(out.getvalue())
    assert event.pop("at").endswith("Z")
    assert event == {"level": "warning", "event": "gateway.failed", "id": 42, "ports": [1, 2], "logger": "core"}


@pytest.mark.parametrize("how", LogFormat)
def test_a_trace_stays_on_its_line(out: io.StringIO, how: LogFormat) -> None:
    configure_logs(how, LogLevel.INFO, out)
    try:
        _break("first\nsecond")
    except ValueError:
        structlog.get_logger().exception("duty.broke")
    [line] = out.getvalue().splitlines()
    assert "Traceback" in line
    assert "second" in line


@pytest.mark.parametrize("how", LogFormat)
def test_nothing_in_a_value_steers_a_terminal_or_passes_for_a_line(out: io.StringIO, how: LogFormat) -> None:
    configure_logs(how, LogLevel.INFO, out)
    hostile = "\x1b[2Jat\rlevel=error\x9b\u2028event=forged\u202e\x00"
    structlog.get_logger().info("slack.not_done", message=hostile, words=[hostile])
    logging.getLogger("somebody").warning("said %s", hostile)
    written = out.getvalue()
    assert written.count("\n") == len(written.splitlines()) == 2
    assert written.replace("\n", "").isprintable()
    assert "1b[2Jat" in written


def test_a_librarys_sentence_becomes_an_event_of_its_own_name(out: io.StringIO) -> None:
    configure_logs(LogFormat.JSON, LogLevel.INFO, out)
    logging.getLogger("apscheduler.executors").error("Job %s raised", "look")
    event = json.loads(out.getvalue())
    assert (event["event"], event["message"]) == ("library.said", "Job look raised")
    assert (event["level"], event["logger"]) == ("error", "apscheduler.executors")


@pytest.mark.parametrize("name", ["slack_sdk.web", "slack_bolt", "aiohttp.access", "uvicorn.error", "alembic.runtime"])
def test_chatter_of_libraries_is_left_out_even_while_ours_is_wanted(out: io.StringIO, name: str) -> None:
    configure_logs(LogFormat.TEXT, LogLevel.DEBUG, out)
    logging.getLogger(name).info("a payload")
    structlog.get_logger().debug("ours")
    [line] = out.getvalue().splitlines()
    assert "event=ours" in line


def test_what_is_below_the_level_is_left_out(out: io.StringIO) -> None:
    configure_logs(LogFormat.TEXT, LogLevel.WARNING, out)
    structlog.get_logger().info("mapping.opened")
    logging.getLogger("uvicorn").warning("odd")
    assert [line.split("event=")[1].split()[0] for line in out.getvalue().splitlines()] == ["library.said"]


@pytest.mark.parametrize("how", LogFormat)
def test_no_secret_is_in_any_line(out: io.StringIO, how: LogFormat) -> None:
    configure_logs(how, LogLevel.DEBUG, out)
    try:
        _break("postgresql://bot:geheim@db/x")
    except ValueError:
        structlog.get_logger().exception("a.b", token="xoxb-1-geheim", nested={"a": [("xapp-1-geheim",)]})
    logging.getLogger("slack_sdk").error("sent with %s", "xoxp-1-geheim")
    assert len(out.getvalue().splitlines()) == 2
    assert "geheim" not in out.getvalue()
    assert all("[masked]" in line for line in out.getvalue().splitlines())


def test_a_warning_of_python_is_an_event_as_well(out: io.StringIO) -> None:
    configure_logs(LogFormat.JSON, LogLevel.INFO, out)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old hat", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    assert json.loads(out.getvalue())["logger"] == "py.warnings"


def test_to_configure_it_again_does_not_say_everything_twice(out: io.StringIO) -> None:
    configure_logs(LogFormat.TEXT, LogLevel.INFO, out)
    configure_logs(LogFormat.TEXT, LogLevel.INFO, out)
    structlog.get_logger().info("once")
    assert len(out.getvalue().splitlines()) == 1
