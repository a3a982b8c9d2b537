import argparse

import pytest

from bot.parser import StrictParser
from bot.settings import Settings, add_flags, flags_in, settle
from bot.settings.about import about, default, flag, variable
from bot.settings.flags import parse
from scripts.settings_table import DOCUMENT, rendered


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    """A command line with a verb, as the program has."""
    program = StrictParser(prog="pod-proxier")
    serve = program.add_subparsers(dest="verb").add_parser("serve")
    add_flags(serve)
    return program


def told(parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(argv)
    captured = capsys.readouterr()
    return int(caught.value.code or 0), captured.out + captured.err


def test_flags_of_a_verb_become_settings(parser: argparse.ArgumentParser) -> None:
    parsed = parser.parse_args(["serve", "--listen-port", "3344", "--stop-gateway"])
    assert flags_in(parsed) == {"listen_port": "3344", "stop_gateway": True}
    assert settle(flags_in(parsed), {}).listen_port == 3344


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("--prots=1-2", "pod-proxier serve: there is no flag --prots; did you mean --ports?"),
        ("--slack-bot-token", "there is no flag --slack-bot-token; did you mean --slack-bot-token-file?"),
        ("--port", "there is no flag --port; did you mean"),
        ("--zzz", "there is no flag --zzz\n"),
        ("extra", "there is no argument extra\n"),
    ],
)
def test_an_unknown_flag_is_answered_with_the_one_that_was_meant(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str], typed: str, words: str
) -> None:
    code, said = told(parser, capsys, "serve", typed)
    assert code == 2
    assert words in said
    assert "usage" not in said


def test_help_tells_of_every_setting_with_default_and_variable(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = told(parser, capsys, "serve", "--help")
    words = " ".join(said.split())
    assert code == 0
    for name, field in Settings.model_fields.items():
        assert variable(name, field) in words
        if not about(field).secret:
            assert f"{flag(name)} " in words or f"{flag(name)}," in words
            assert about(field).what in words
            assert default(field) in words


def test_help_shows_no_flag_for_a_secret(parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = told(parser, capsys, "serve", "--help")
    assert "--slack-bot-token " not in said
    assert "only in the environment or the file: SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET" in said


def test_help_fits_on_a_screen(parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = told(parser, capsys, "serve", "--help")
    assert max(map(len, said.splitlines())) <= 120


def test_usage_names_what_has_to_be_there_and_no_flag() -> None:
    parser = StrictParser(prog="pod-proxier db")
    add_flags(parser)
    parser.add_argument("what", choices=("upgrade", "revision"))
    parser.add_argument("where", metavar="FOLDER")
    assert parser.format_usage() == "usage: pod-proxier db upgrade|revision FOLDER [flags]\n"


def test_a_verb_can_take_some_of_the_flags_only() -> None:
    parser = StrictParser(prog="pod-proxier")
    add_flags(parser, only={"state_dir", "database_url"})
    assert set(flags_in(parser.parse_args(["--state-dir", "/s"]))) == {"state_dir"}
    assert "--ports" not in parser.format_help()


def test_the_table_in_the_documentation_is_the_models() -> None:
    text = DOCUMENT.read_text()
    assert text == rendered(text), "run python -m scripts.settings_table"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("--hide-backend=false", False),
        ("--hide-backend=F", False),
        ("--hide-backend=true", True),
        ("--hide-backend=1", True),
        ("--no-hide-backend=false", True),
    ],
)
def test_a_switch_may_be_written_as_the_service_before_this_one_took_it(words: str, value: bool) -> None:  # noqa: FBT001 - what is expected
    assert parse([words]) == {"hide_backend": value}


def test_a_switch_that_is_neither_on_nor_off_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--hide-backend=perhaps"])
    assert ended.value.code == 2
    assert "argument --hide-backend: 'perhaps' is neither true nor false" in capsys.readouterr().err
