from hashlib import sha256
from pathlib import Path

import pytest

from bot.api.tokens import BadTokens, Scope
from bot.api.tokens.reading import load_tokens, parse_tokens
from bot.api.tokens.token import Tokens
from core.domain.people import UserId

SECRET = "0123456789abcdef-of-ci"
OTHER = "fedcba9876543210-of-ops"
PATH = Path("tokens.yaml")


def read(text: str) -> Tokens:
    return parse_tokens(text, PATH)


def entry(**changes: str) -> str:
    keys = {"name": "ci", "token": SECRET, "scopes": "[read]"} | changes
    lines = [f"  {key}: {value}" for key, value in keys.items() if value]
    return "-\n" + "\n".join(lines) + "\n"


def test_a_token_has_a_name_scopes_and_a_user() -> None:
    tokens = read(entry(scopes="[read, approve]", user="U024BE7LH"))
    found = tokens.find(SECRET)
    assert found is not None
    assert (found.name, set(found.scopes), found.user) == ("ci", {Scope.READ, Scope.APPROVE}, UserId("U024BE7LH"))


def test_a_token_may_be_given_by_its_digest_alone() -> None:
    tokens = read(entry(token="", sha256=sha256(SECRET.encode()).hexdigest().upper()))
    found = tokens.find(SECRET)
    assert found is not None
    assert found.name == "ci"


def test_nobody_has_a_token_that_is_not_in_the_file() -> None:
    tokens = read(entry() + entry(name="ops", token=OTHER))
    found = tokens.find(OTHER)
    assert found is not None
    assert found.name == "ops"
    assert [tokens.find(text) for text in ("", SECRET[:-1], SECRET + " ", "ü", "\u20ac")] == [None] * 5


def test_an_empty_list_is_right_and_lets_nobody_in() -> None:
    assert read("[]").all == ()


MISTAKES = {
    entry(scopes="[read, aprove]"): "line 4, column 18: scopes: it is none of read, request, operate, approve; did "
    "you mean approve?",
    entry(scopes="[]"): "line 4, column 3: scopes: it is empty",
    entry(scopes=""): "line 2, column 3: scopes: it is missing",
    entry(scopes="[approve]"): "line 4, column 3: scopes: approve is for people: it needs user, the one who approves",
    entry(token="short"): "line 3, column 3: token: it is short enough to be guessed: 20 characters at least; openssl "
    "rand -hex 32 makes one",
    entry(token="'with a space in between'"): "line 3, column 3: token: it does not fit into a header",
    entry(token=""): "line 2, column 3: name: one of token and sha256 is needed, and neither is there",
    entry(sha256="0" * 64): "line 3, column 3: token: one of token and sha256 is needed, and both are there",
    entry(token="", sha256="abc"): "line 4, column 3: sha256: it is not a SHA-256 in hexadecimal",
    entry(name="loopback"): "line 2, column 3: name: 'loopback' is what those are called who come without a token",
    entry(name="10.1.2.3"): "line 2, column 3: name: '10.1.2.3' is what those are called",
    entry(name="with space"): "line 2, column 3: name: a name has letters, digits",
    entry(user="alice"): "line 5, column 3: user: 'alice' is not the id of a user; Slack shows it in a profile",
    entry(user=" "): "line 5, column 3: user: nothing is written behind it; write it, or leave out the key",
    entry(scope="[read]", scopes=""): "line 4, column 3: there is no key 'scope' here; did you mean scopes?",
    entry() + entry(token=OTHER): "line 6, column 3: the name ci is there twice",
    entry() + entry(name="ops"): "line 7, column 3: ops has the token of ci",
    entry() + entry(name="ops", token="", sha256=sha256(SECRET.encode()).hexdigest()): "line 8, column 3: ops has the",
    "name: ci\n": "line 1, column 1: a list belongs here",
    "- ci\n": "line 1, column 3: keys belong here, each with its value",
    "# none yet\n": "the tokens tokens.yaml: says nothing; write [] where nobody has one",
    "- [": "line 1, column 4: ",
}


@pytest.mark.parametrize(("text", "problem"), MISTAKES.items())
def test_a_mistake_is_told_by_line_and_column(text: str, problem: str) -> None:
    with pytest.raises(BadTokens) as caught:
        read(text)
    assert problem in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"- {{name: ci, {SECRET}: token, scopes: [read]}}",
        f"- {{name: ci, token: *{SECRET}, scopes: [read]}}",
        f"- {{name: ci, token: !{SECRET} a, scopes: [read]}}",
        f"- {{name: ci, {SECRET}: 1, {SECRET}: 2}}",
        f"- {{name: ci, token: [{SECRET}], scopes: [read]}}",
        f"- {{name: ci, sha256: {SECRET}, scopes: [read]}}",
        f"- {{name: ci, token: {SECRET}, scopes: {SECRET}}}",
        f"- {{name: ci, token: {SECRET}, scopes: [{SECRET}]}}",
        f"- {SECRET}",
    ],
)
def test_no_error_repeats_what_may_be_a_token(text: str) -> None:
    with pytest.raises(BadTokens) as caught:
        read(text)
    error = caught.value
    assert SECRET not in f"{error} {error.hint} {error.__cause__!r}"


def test_an_error_shows_what_is_right() -> None:
    with pytest.raises(BadTokens) as caught:
        read(entry(scopes=""))
    assert caught.value.hint == "scopes: [read, request]"


def test_a_token_does_not_show_what_it_is_known_by() -> None:
    assert "digest" not in repr(read(entry()))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTokens, match=r"gone.yaml: cannot be read: No such file"):
        load_tokens(tmp_path / "gone.yaml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "tokens.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadTokens, match="is not UTF-8 text"):
        load_tokens(tmp_path / "tokens.yaml")
