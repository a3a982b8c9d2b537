from pathlib import Path

import pytest

from bot.demo.narrator import Narrator
from bot.demo.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """The scenery as it is before anything is started: nobody is connected to this Slack."""
    return Stage(tmp_path, stay=True)


@pytest.fixture
def narrator(stage: Stage) -> Narrator:
    return Narrator(stage.workspace)
