from pathlib import Path

import pytest

from bot.doctor.state import writable_and_private
from tests.unit.bot.doctor.patients import lines, patient


async def test_a_private_directory_is_well(tmp_path: Path) -> None:
    [found] = await writable_and_private(patient(tmp_path))
    assert found.level == "ok"


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
async def test_one_that_others_may_enter_fails(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    assert lines(await writable_and_private(patient(tmp_path, state_dir=folder))) == [
        f"FAIL it: {folder} is open to other users (mode {mode:o}) -> chmod 700 {folder}"
    ]


async def test_one_that_is_not_there_yet_is_made_by_serve(tmp_path: Path) -> None:
    [found] = await writable_and_private(patient(tmp_path, state_dir=tmp_path / "a" / "b"))
    assert (found.level, found.text.endswith("serve makes it")) == ("ok", True)


async def test_a_file_is_no_directory(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert [found.level for found in await writable_and_private(patient(tmp_path, state_dir=file))] == ["FAIL"]
    below = patient(tmp_path, state_dir=file / "below")
    assert [found.level for found in await writable_and_private(below)] == ["FAIL"]
