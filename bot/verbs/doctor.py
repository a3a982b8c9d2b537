import argparse
import asyncio

from bot.bootstrap import patient_of
from bot.doctor.checks import examine
from bot.verbs import settings_of
from core.domain.target import Kind, Target


def run(chosen: argparse.Namespace) -> int:
    """Say how everything is; 1 where anything fails."""
    target = Target.parse(Kind.POD, chosen.target) if chosen.target else None
    healthy = asyncio.run(examine(patient_of(settings_of(chosen)), print, target))
    return 0 if healthy else 1
