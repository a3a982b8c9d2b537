import pytest

from bot.slack.parsing import FreezeAll, RevokeAll, Thaw, parse, written
from core.domain.errors import BadInput


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("freeze", FreezeAll()),
        ("Freeze a token   leaks", FreezeAll("a token leaks")),
        ("thaw", Thaw()),
        ("revoke-all", RevokeAll()),
        ("revoke-all `Payments`", RevokeAll("payments")),
    ],
)
def test_what_stops_everything_is_read_and_written(text: str, command: FreezeAll | Thaw | RevokeAll) -> None:
    assert parse(text) == command
    assert parse(written(command)) == command


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("thaw now", "/proxy thaw"),
        ("revoke-all pay_ments", "/proxy revoke-all payments"),
        ("revoke-all payments billing", "/proxy revoke-all payments"),
        ("revoke payments", "/proxy revoke-all payments"),
        ("frezee", "/proxy freeze"),
        (f"freeze {'and so on ' * 40}", "/proxy freeze and so on and so"),
    ],
)
def test_what_cannot_be_meant_is_not_done(text: str, hint: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse(text)
    assert raised.value.hint == hint
