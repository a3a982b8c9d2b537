import csv
import json
from pathlib import Path

import pytest

from bot.cli import main
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.domain.people import System
from tests.contract.storage.samples import BOB, asked, stored

Run = pytest.CaptureFixture[str]


@pytest.fixture
async def state(tmp_path: Path) -> str:
    """A folder with a database in which two people had mappings."""
    url = f"sqlite:///{tmp_path / 'pod-proxier.db'}"
    await migrate.upgrade(url)
    async with Database(url) as database, database.storage.unit_of_work() as uow:
        await stored(uow, "grant", "open", "close", "cut")
        await stored(uow, mapping=asked(BOB, "=cmd()"))
        await uow.commit()
    return f"--state-dir={tmp_path}"


def ran(capsys: Run, *argv: str, code: int = 0) -> str:
    assert main(["audit", *argv]) == code
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POD_PROXIER_STATE_DIR", "POD_PROXIER_DATABASE_URL", "POD_PROXIER_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_the_record_is_listed_with_the_newest_at_the_end(state: str, capsys: Run) -> None:
    lines = ran(capsys, "list", state, "--limit", "2").splitlines()
    assert [line.split()[0] for line in lines] == ["NO", "5", "6"]
    assert "request" in lines[-1]


def test_it_can_be_filtered(state: str, capsys: Run) -> None:
    def ids(*flags: str) -> list[int]:
        return [json.loads(line)["id"] for line in ran(capsys, "export", state, *flags).splitlines()]

    assert ids() == [1, 2, 3, 4, 5, 6]
    assert ids("--person", "UALICE", "--event", "request") == [1]
    assert ids("--mapping", "m2") == [6]
    assert ids("--namespace", "orders") == []
    assert ids("--since", "2030-01-08") == []
    assert ids("--until", "2030-01-07T09:00:01") == [1, 2, 3, 4, 5, 6]


def test_a_spreadsheet_takes_no_cell_for_a_formula(state: str, capsys: Run) -> None:
    rows = list(csv.DictReader(ran(capsys, "export", state, "--output", "csv").splitlines()))
    assert rows[0]["actor"] == "slack:T1/UALICE"
    assert json.loads(rows[0]["detail"])["reason"] == asked().reason
    assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]


def test_erasing_leaves_the_chain_as_it_is_and_is_an_entry_itself(state: str, capsys: Run) -> None:
    head = json.loads(ran(capsys, "list", state, "--output", "jsonl").splitlines()[-1])["hash"]
    assert "6 entries, as they were written" in ran(capsys, "verify", state, "--head", head)
    assert "beside 1 entries, and of 1 mappings" in ran(capsys, "erase", state, "--person", "UALICE")
    assert "7 entries, as they were written" in ran(capsys, "verify", state, "--head", head)
    last = json.loads(ran(capsys, "list", state, "--output", "jsonl").splitlines()[-1])
    assert (last["event"], last["actor"], last["origin"]) == ("audit:erase", str(System.CLI), "cli")
    assert asked().reason not in ran(capsys, "export", state, "--person", "UALICE")


def test_a_head_that_was_posted_and_is_not_there_is_told(state: str, capsys: Run) -> None:
    assert "no entry has the hash" in ran(capsys, "verify", state, "--head", "0" * 63 + "1", code=1)


def test_a_database_that_was_never_migrated_is_refused(tmp_path: Path, capsys: Run) -> None:
    assert main(["audit", "verify", f"--state-dir={tmp_path}"]) == 1
    assert "pod-proxier db upgrade" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [(), ("--person", "U1", "--before", "2026-01-01"), ("--before", "soon")])
def test_what_is_to_be_erased_has_to_be_said(flags: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "erase", *flags])
    assert ended.value.code == 2
