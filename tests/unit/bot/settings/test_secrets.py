from pathlib import Path

import pytest

from bot.settings import BadSettings, load
from bot.slack.errors import SetupError
from bot.slack.tokens import Tokens

BOT, APP, SIGNING = {"SLACK_BOT_TOKEN": "xoxb-1"}, {"SLACK_APP_TOKEN": "xapp-1"}, {"SLACK_SIGNING_SECRET": "8f74"}


def shown(tokens: Tokens) -> tuple[str | None, ...]:
    secrets = (tokens.bot, tokens.app, tokens.signing_secret)
    return tuple(secret.get_secret_value() if secret else None for secret in secrets)


def test_they_come_from_the_environment() -> None:
    assert shown(load([], BOT | APP).token_source()()) == ("xoxb-1", "xapp-1", None)


def test_files_are_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "bot"
    file.write_text("xoxb-1\n")
    source = load([], {"SLACK_BOT_TOKEN_FILE": str(file)} | APP).token_source()
    assert shown(source()) == ("xoxb-1", "xapp-1", None)
    file.write_text("xoxb-2\n")
    assert shown(source()) == ("xoxb-2", "xapp-1", None)


def test_each_of_them_may_be_in_a_file(tmp_path: Path) -> None:
    argv = []
    for name in ("slack-bot-token", "slack-app-token", "slack-signing-secret"):
        (tmp_path / name).write_text(f"{name}!")
        argv += [f"--{name}-file", str(tmp_path / name)]
    assert shown(load(argv, {}).token_source()()) == ("slack-bot-token!", "slack-app-token!", "slack-signing-secret!")


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_file_holds_no_secret(tmp_path: Path, content: str) -> None:
    (tmp_path / "bot").write_text(content)
    source = load([], {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "bot")} | APP).token_source()
    with pytest.raises(SetupError, match=r"SLACK_BOT_TOKEN_FILE: .*bot is empty"):
        source()


def test_a_file_that_is_not_there_is_told() -> None:
    source = load([], {"SLACK_BOT_TOKEN_FILE": "/nowhere"} | APP).token_source()
    with pytest.raises(SetupError, match="SLACK_BOT_TOKEN_FILE: cannot read /nowhere: No such file"):
        source()


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "bot").write_bytes(b"\xff")
    source = load([], {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "bot")} | APP).token_source()
    with pytest.raises(SetupError, match="it is not text"):
        source()


@pytest.mark.parametrize(
    ("argv", "environ", "told"),
    [
        ([], APP, ["Slack's bot token is missing: SLACK_BOT_TOKEN=xoxb-..., or SLACK_BOT_TOKEN_FILE=FILE"]),
        ([], BOT, ["Socket Mode needs an app-level token: SLACK_APP_TOKEN=xapp-"]),
        ([], {}, ["Slack's bot token is missing", "Socket Mode needs"]),
        (
            ["--slack-transport", "http"],
            BOT,
            ["--slack-transport http needs the signing secret: SLACK_SIGNING_SECRET="],
        ),
        ([], BOT | APP | {"SLACK_APP_TOKEN_FILE": "/x"}, ["SLACK_APP_TOKEN and SLACK_APP_TOKEN_FILE are both given"]),
    ],
)
def test_what_the_transport_needs_has_to_be_there_once(
    argv: list[str], environ: dict[str, str], told: list[str]
) -> None:
    settings = load(argv, environ)
    with pytest.raises(BadSettings) as caught:
        settings.token_source()
    assert len(caught.value.problems) == len(told)
    for problem, words in zip(caught.value.problems, told, strict=True):
        assert words in problem
    assert "xoxb-1" not in str(caught.value)


def test_signed_http_needs_no_app_token() -> None:
    assert shown(load(["--slack-transport", "http"], BOT | SIGNING).token_source()()) == ("xoxb-1", None, "8f74")


# -- the Data Plane API's ---------------------------------------------------------------------------------------------


def test_the_api_s_password_may_be_a_flag_as_in_the_previous_service_and_is_shown_nowhere() -> None:
    settings = load(["--gateway", "dataplane", "--api-password", "geheim"], {})
    password = settings.api_password_kept().read()
    assert password is not None
    assert password.get_secret_value() == "geheim"
    assert "geheim" not in f"{settings!r} {settings} {settings.api_password_kept()!r}"


def test_the_api_s_password_may_be_in_a_file_that_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "password"
    kept = load(["--api-password-file", str(file)], {}).api_password_kept()
    for content in ("first\n", "second"):
        file.write_text(content)
        password = kept.read()
        assert password is not None
        assert password.get_secret_value() == content.strip()


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([], "--gateway dataplane needs the API's password: --api-password-file FILE, or POD_PROXIER_API_PASSWORD=..."),
        (["--api-password", "a", "--api-password-file", "/b"], "are both given"),
    ],
)
def test_the_api_s_password_is_kept_in_one_place(argv: list[str], told: str) -> None:
    with pytest.raises(BadSettings, match=told.replace(".", r"\.")):
        load(argv, {}).api_password_kept()
