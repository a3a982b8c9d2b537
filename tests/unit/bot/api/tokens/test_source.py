import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.api.tokens import BadTokens, TokenSource
from bot.api.tokens import source as looking

OFTEN = timedelta(milliseconds=5)
BEFORE, AFTER = "the-token-before-0123", "the-token-after-01234"


def tokens(secret: str) -> str:
    return f"- {{name: ci, token: {secret}, scopes: [read]}}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tokens.yaml"
    file.write_text(tokens(BEFORE))
    file.chmod(0o600)
    return file


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a file changes; there is nothing to wait on
            await asyncio.sleep(0.005)


def test_without_a_file_nobody_has_a_token() -> None:
    source = TokenSource(None)
    assert (len(source), source.find("")) == (0, None)


def test_a_bad_file_is_no_way_to_begin(path: Path) -> None:
    path.write_text("- ci")
    with pytest.raises(BadTokens):
        TokenSource(path)


async def test_a_token_that_was_taken_out_lets_nobody_in_any_more(path: Path) -> None:
    async with TokenSource(path, every=OFTEN) as source:
        assert source.find(BEFORE)
        write(path, tokens(AFTER))
        await until(lambda: source.find(AFTER))
        assert source.find(BEFORE) is None


async def test_a_bad_file_changes_nothing_and_says_why_without_the_token(path: Path) -> None:
    with capture_logs() as logs:
        async with TokenSource(path, every=OFTEN) as source:
            write(path, f"- {{name: ci, tokn: {AFTER}, scopes: [read]}}\n")
            await until(lambda: source.trouble)
            assert source.find(BEFORE)
            assert "did you mean token?" in source.trouble
            write(path, tokens(AFTER))
            await until(lambda: source.find(AFTER))
            assert source.trouble == ""
    assert [entry["event"] for entry in logs] == ["tokens.refused", "tokens.read"]
    assert AFTER not in str(logs)


async def test_a_defect_of_ours_does_not_end_the_looking(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> None:
        raise ZeroDivisionError

    async with TokenSource(path, every=OFTEN) as source:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(looking, "load_tokens", broken)
            write(path, tokens("lost-lost-lost-lost-lost"))
            await until(lambda: "ZeroDivisionError" in source.trouble)
            assert source.find(BEFORE)
        write(path, tokens(AFTER))
        await until(lambda: source.find(AFTER))


@pytest.mark.parametrize(("mode", "events"), [(0o644, ["tokens.readable_by_all"]), (0o640, []), (0o600, [])])
def test_a_file_that_everybody_may_read_is_warned_of(path: Path, mode: int, events: list[str]) -> None:
    path.chmod(mode)
    with capture_logs() as logs:
        TokenSource(path)
    assert [entry["event"] for entry in logs] == events
