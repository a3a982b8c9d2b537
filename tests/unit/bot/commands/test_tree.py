import subprocess
import sys
from datetime import timedelta

import pytest

from bot.commands.tree import GROUPS, parser_of


@pytest.mark.parametrize(
    ("typed", "limit"),
    [("--wait", None), ("--wait=5m", timedelta(minutes=5)), ("--wait=1h30m", timedelta(minutes=90))],
)
def test_a_time_to_wait_stands_behind_the_flag_and_takes_no_target(typed: str, limit: timedelta | None) -> None:
    for words in ([typed, "payments/api-0", "2h"], ["payments/api-0", "2h", typed]):
        chosen = parser_of("open").parse_args(["open", *words])
        assert (chosen.wait, chosen.words) == (limit, ["payments/api-0", "2h"])


def test_who_does_not_ask_to_wait_does_not_wait() -> None:
    assert not hasattr(parser_of("open").parse_args(["open", "payments/api-0"]), "wait")
    assert parser_of("open").parse_args(["open", "payments/api-0", "--", "--wait"]).words[-1] == "--wait"


def test_help_shows_the_verbs_in_groups_and_the_flags_of_none() -> None:
    told = parser_of("list").format_help()
    for title, verbs in GROUPS.items():
        section = told.split(f"{title}:\n")[1].split("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == [verb.name for verb in verbs]
    assert "--token-file" not in told


def test_every_verb_says_what_it_takes() -> None:
    for verb in (verb for verbs in GROUPS.values() for verb in verbs):
        with pytest.raises(SystemExit) as caught:
            parser_of(verb.name).parse_args([verb.name, "--help"])
        assert caught.value.code == 0


def test_who_asks_for_a_port_waits_for_none_of_what_the_bot_is_made_of() -> None:
    loaded = "import sys; import bot.cli, bot.commands.client, bot.verbs.open; print(*sys.modules)"
    names = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert {"pydantic", "sqlalchemy", "fastapi", "kubernetes", "slack_sdk", "bot.settings"} & set(
        names.split()
    ) == set()
