from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, select, update

from core.adapters.database.statements import Statement
from core.adapters.database.tables import audit, outbox

NOON = datetime(2030, 1, 7, 12, tzinfo=timezone(timedelta(hours=1)))


def test_values_come_in_the_order_and_the_form_that_sqlite_takes() -> None:
    values = {"detail": {"a": None}, "at": NOON, "actor": "system:timer"}
    prepared = Statement(audit.insert()).prepared(values)
    assert prepared.sql == "INSERT INTO audit (at, actor, detail) VALUES (?, ?, ?)"
    assert prepared.bind(values) == ("2030-01-07 11:00:00.000000", "system:timer", '{"a": null}')


def test_a_statement_is_compiled_once_for_each_set_of_names() -> None:
    statement = Statement(audit.insert())
    assert statement.prepared(["at", "actor"]) is statement.prepared({"actor": "", "at": NOON})
    assert statement.prepared(["at"]).sql != statement.prepared(["at", "actor"]).sql


def test_what_a_statement_brings_along_fills_the_rest() -> None:
    bury = update(outbox).where(outbox.c.id == bindparam("entry")).values(buried=True, why=bindparam("said"))
    prepared = Statement(bury).prepared({"entry": 1, "said": "gone"})
    assert prepared.sql == "UPDATE outbox SET buried=?, why=? WHERE outbox.id = ?"
    assert prepared.bind({"entry": 1, "said": "gone"}) == (1, "gone", 1)


def test_rows_have_their_columns_as_attributes_and_as_the_values_that_were_put_in() -> None:
    [row] = (
        Statement(select(audit.c.id, audit.c.at, audit.c.detail))
        .prepared(())
        .rows([(7, "2030-01-07 11:00:00.000000", '{"a": 1}')])
    )
    assert (row.id, row.at, row.detail) == (7, datetime(2030, 1, 7, 11, tzinfo=UTC), {"a": 1})


def test_a_moment_without_a_time_zone_is_refused_as_sqlalchemy_does() -> None:
    values = {"at": datetime(2030, 1, 7)}  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="no time zone"):
        Statement(audit.insert()).prepared(values).bind(values)
