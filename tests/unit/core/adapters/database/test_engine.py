import pytest

from core.adapters.database.database import Database
from core.adapters.database.engine import make_engine
from core.adapters.database.errors import BadDatabaseUrl


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///pod-proxier.db", "aiosqlite"),
        ("sqlite+aiosqlite:///pod-proxier.db", "aiosqlite"),
        ("postgresql://somebody@db/pod-proxier", "asyncpg"),
        ("postgres://somebody@db/pod-proxier", "asyncpg"),
        ("postgresql+psycopg://somebody@db/pod-proxier", "asyncpg"),
    ],
)
def test_the_kind_of_database_is_enough_of_a_url(url: str, driver: str) -> None:
    assert make_engine(url).dialect.driver == driver


@pytest.mark.parametrize("url", ["mysql://somebody@db/pod-proxier", "sqlite://", "sqlite:///:memory:"])
def test_what_cannot_hold_our_tables_is_refused(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"SQLite needs a file|is not supported"):
        Database(url)


@pytest.mark.parametrize("url", ["geheim", "postgresql://somebody:geheim@db:geheim/pod-proxier"])
def test_what_is_no_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="cannot be read") as caught:
        Database(url)
    assert "geheim" not in f"{caught.value} {caught.value.__cause__}"
