"""From flags, environment and file to ``Settings``: flags count more than the environment, that more than the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.about import about
from bot.settings.conflicts import conflicts
from bot.settings.errors import BadSettings
from bot.settings.flags import parse
from bot.settings.model import Settings
from bot.settings.sources import FromEnvironment, FromFile, FromFlags, Origin, Source
from bot.settings.values import as_path


def load(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Settle everything from a command line without a sub-command.

    Raises:
        BadSettings: names each flag, variable or line that is wrong.
        SystemExit: a flag that does not exist, or ``--help``.
    """
    return settle(parse(argv), environ)


def settle(flags: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Settle everything; ``flags`` are those given, by field (``flags_in`` of a parsed command line).

    Raises:
        BadSettings: names each flag, variable or line that is wrong.
    """
    sources = _sources(flags, environ)
    try:
        settings = Settings(_build_sources=(sources, {}))
    except ValidationError as exc:
        raise BadSettings([_problem(error, sources) for error in exc.errors()]) from None  # its text may hold secrets
    if problems := [_told(*conflict, sources) for conflict in conflicts(settings)]:
        raise BadSettings(problems)
    return settings


def _sources(flags: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Source, ...]:
    told: tuple[Source, ...] = (FromFlags(flags), FromEnvironment(environ))
    path = next((source()["config"] for source in told if source().get("config")), None)
    return (*told, FromFile(_as_path(path))) if path else told


def _as_path(text: str) -> Path:
    try:
        return as_path(text)
    except ValueError as exc:
        raise BadSettings([f"--config: {exc}"]) from exc


def _problem(error: ErrorDetails, sources: Sequence[Source]) -> str:
    name, cause = str(error["loc"][0]), error.get("ctx", {}).get("error")
    example = about(Settings.model_fields[name]).example or "yes"
    return _told(name, str(cause or error["msg"]), example, sources)


def _told(name: str, problem: str, example: str, sources: Sequence[Source]) -> str:
    origin = next((source.origin(name) for source in sources if name in source()), Origin.flag(name))
    joint = " For" if problem.endswith("?") else "; for"
    return f"{origin.name}: {problem}{joint} example {origin.setting}{example}"
