from pathlib import Path

from bot.doctor.database import revision
from tests.unit.bot.doctor.patients import AtRevision, lines, patient


async def at(current: str | None) -> AtRevision:
    return AtRevision(current)


async def test_the_revision_of_this_program_is_well(tmp_path: Path) -> None:
    assert lines(await revision(patient(tmp_path))) == ["ok   it: answers, at revision 0001"]


async def test_an_older_one_is_noted_for_serve_migrates_it(tmp_path: Path) -> None:
    assert lines(await revision(patient(tmp_path, revisions=lambda: at("0000")))) == [
        "note it: is at revision 0000; serve brings it to 0001 -> pod-proxier db upgrade does it now"
    ]


async def test_a_database_without_tables_is_noted(tmp_path: Path) -> None:
    [found] = await revision(patient(tmp_path, revisions=lambda: at(None)))
    assert found.text == "has no tables yet; serve brings it to 0001"


async def test_a_file_that_is_not_there_yet_is_not_made_by_asking(tmp_path: Path) -> None:
    file = tmp_path / "pod-proxier.db"
    [found] = await revision(patient(tmp_path, database_file=file))
    assert (found.level, file.exists()) == ("ok", False)
