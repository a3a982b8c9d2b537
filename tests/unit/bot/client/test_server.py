from pathlib import Path

import pytest

from bot.client.errors import BadSetting
from bot.client.server import DEFAULT, Server, server_of


def test_without_a_word_it_is_this_machine_and_nobody() -> None:
    assert server_of(None, None, {}) == Server(DEFAULT, None)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://gw.example.com", "https://gw.example.com"),
        ("https://gw.example.com/", "https://gw.example.com"),
        ("https://gw.example.com/proxier/", "https://gw.example.com/proxier"),
        ("http://localhost:3343/api/v2", "http://localhost:3343"),
        ("http://[::1]:3343", "http://[::1]:3343"),
    ],
)
def test_a_server_is_named_by_flag_or_variable(given: str, url: str) -> None:
    assert server_of(given, None, {"POD_PROXIER_SERVER": "https://elsewhere"}).url == url
    assert server_of(None, None, {"POD_PROXIER_SERVER": given}).url == url


@pytest.mark.parametrize("given", ["gw.example.com:3343", "ftp://gw.example.com", "https://", "/var/run", "http://h:x"])
def test_what_is_no_url_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(BadSetting) as caught:
        server_of(given, None, {})
    assert caught.value.hint == "for example --server https://pod-proxier.example.com"
    assert caught.value.exit == 2


@pytest.mark.parametrize(
    "given", ["https://geheim@gw.example.com", "https://u:geheim@gw", "https://gw?token=geheim", "https://gw/#geheim"]
)
def test_a_token_in_a_url_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(BadSetting, match="a token never stands in it") as caught:
        server_of(given, None, {})
    assert "geheim" not in f"{caught.value} {caught.value.hint}"


def test_a_token_comes_from_a_file_or_the_environment_and_the_flag_counts_most(tmp_path: Path) -> None:
    file, other = tmp_path / "token", tmp_path / "other"
    file.write_text("from-file\n")
    other.write_text("from-flag")
    assert server_of(None, None, {"POD_PROXIER_TOKEN": "from-variable"}).token == "from-variable"
    assert server_of(None, None, {"POD_PROXIER_TOKEN_FILE": str(file)}).token == "from-file"
    assert server_of(None, str(other), {"POD_PROXIER_TOKEN": "from-variable"}).token == "from-flag"


def test_a_token_in_two_places_of_the_environment_is_refused() -> None:
    with pytest.raises(BadSetting, match="which one counts"):
        server_of(None, None, {"POD_PROXIER_TOKEN": "one", "POD_PROXIER_TOKEN_FILE": "/two"})


@pytest.mark.parametrize(
    "content", ["- {name: ci, token: geheim}", "geheim\ngeheim", "gehe\u00efm", "\x00geheim", " \n"]
)
def test_a_file_that_holds_no_single_token_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(BadSetting) as caught:
        server_of(None, str(file), {})
    assert str(file) in str(caught.value)
    assert "geheim" not in f"{caught.value} {caught.value.hint}"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"--token-file: cannot read .*/token: No such file or directory"):
        server_of(None, str(tmp_path / "token"), {})


def test_a_token_is_in_no_text_of_a_server() -> None:
    assert "geheim" not in repr(Server(DEFAULT, "geheim"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3343", "http://127.9.9.9", "http://localhost", "http://[::1]:1", "https://gw.example.com"]
)
def test_nobody_is_warned_where_nobody_can_read_it(url: str) -> None:
    assert Server(url, "geheim").remark == ""


def test_a_token_that_goes_over_the_network_unencrypted_is_warned_of() -> None:
    remark = Server("http://gw.example.com:3343", "geheim").remark
    assert remark.startswith("warning: the token and all else goes to http://gw.example.com:3343 unencrypted")
    assert "geheim" not in remark
