from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from core.adapters.database.tables import Duration, UtcDateTime, metadata

DIALECT = sqlite.dialect()
NAIVE = datetime(2030, 1, 7, 9, 0)  # noqa: DTZ001 - naive on purpose


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UtcDateTime().process_bind_param(NAIVE, DIALECT)


def test_a_moment_is_stored_in_utc() -> None:
    moment = datetime(2030, 1, 7, 9, 0, tzinfo=timezone(timedelta(hours=2)))
    stored = UtcDateTime().process_bind_param(moment, DIALECT)
    assert stored == moment
    assert stored.tzinfo is UTC


def test_a_moment_comes_back_in_utc_even_where_the_database_forgot_the_zone() -> None:
    read = UtcDateTime().process_result_value(NAIVE, DIALECT)
    assert read == datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def test_what_is_null_stays_null() -> None:
    for column_type in (UtcDateTime(), Duration()):
        assert column_type.process_bind_param(None, DIALECT) is None
        assert column_type.process_result_value(None, DIALECT) is None


def test_every_moment_is_stored_by_the_type_that_minds_the_zone() -> None:
    names = {"at", "until"}
    moments = [c for table in metadata.tables.values() for c in table.c if c.name in names or c.name.endswith("_at")]
    assert {type(column.type) for column in moments if column.table.name != "lease"} == {UtcDateTime}
