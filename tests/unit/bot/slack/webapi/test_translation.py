import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.errors import SlackError, SlackLimited, SlackRefused, SlackUnreachable
from bot.slack.webapi.translation import translated


def failed(answer: AsyncSlackResponse | None) -> SlackApiError:
    return SlackApiError("no", answer)  # type: ignore[no-untyped-call] # slack_sdk's errors are not annotated


def meant(data: object, status: int = 200, headers: dict[str, str] | None = None) -> SlackError:
    answer = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="",
        req_args={},
        data=data,  # type: ignore[arg-type] # slack_sdk hands over whatever the server said
        headers=headers or {},
        status_code=status,
    )
    return translated("chat.postMessage", failed(answer))


@pytest.mark.parametrize("data", [{}, "ok", {"ok": False}, {"error": ""}])
def test_an_answer_without_a_code_is_no_answer(data: object) -> None:
    assert isinstance(meant(data), SlackUnreachable)


def test_a_troubled_server_is_no_answer_whatever_it_says() -> None:
    assert isinstance(meant({"error": "not_in_channel"}, status=502), SlackUnreachable)


def test_a_code_that_nobody_knows_is_kept() -> None:
    error = meant({"error": "of_next_year"})
    assert isinstance(error, SlackRefused)
    assert (error.method, error.code) == ("chat.postMessage", "of_next_year")


@pytest.mark.parametrize(
    ("said", "seconds"), [("12", 12), ("0", 1), ("", 30), ("soon", 30), ("-3", 30), ("\N{SUPERSCRIPT TWO}", 30)]
)
def test_how_long_to_wait_is_read_where_it_can_be(said: str, seconds: int) -> None:
    error = meant({"error": "ratelimited"}, status=429, headers={"Retry-After": said})
    assert isinstance(error, SlackLimited)
    assert error.retry_after == seconds


def test_what_has_no_answer_in_it_is_no_answer() -> None:
    assert isinstance(translated("auth.test", ConnectionResetError()), SlackUnreachable)
    assert isinstance(translated("auth.test", failed(None)), SlackUnreachable)
