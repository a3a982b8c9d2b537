import pytest

from bot.slack.webapi.proxy import proxy_for

PROXY = "http://proxy.internal:3128"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", PROXY)


def test_the_environment_names_the_way_to_slack() -> None:
    assert proxy_for("https://slack.com/api/") == PROXY


def test_what_the_environment_exempts_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "slack.com")
    assert proxy_for("https://slack.com/api/") is None


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:80"])
def test_nothing_on_this_machine_is_asked_for_at_a_proxy(host: str) -> None:
    assert proxy_for(f"https://{host}/api/") is None


def test_no_proxy_for_the_scheme_means_none() -> None:
    assert proxy_for("http://slack.example.com/") is None
