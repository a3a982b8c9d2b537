import argparse
import asyncio

from bot.bootstrap import patient_of
from bot.doctor.checks import examine
from bot.logs import configure_logs
from bot.settings import BadSettings, LogLevel
from bot.verbs.settings import settings_of
from core.domain.errors import BadInput
from core.domain.target import Kind, Target


def run(chosen: argparse.Namespace) -> int:
    """Say how everything is; 1 where anything fails."""
    target, settings = _target(chosen.target), settings_of(chosen)
    configure_logs(settings.log_format, LogLevel.ERROR)  # what the parts log on their way, the findings say
    healthy = asyncio.run(examine(patient_of(settings), print, target))
    return 0 if healthy else 1


def _target(text: str | None) -> Target | None:
    try:
        return Target.parse(Kind.POD, text) if text else None
    except BadInput as exc:
        raise BadSettings([f"--target: {exc}; for example --target {exc.hint}"]) from exc
