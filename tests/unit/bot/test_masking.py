import pytest

from bot.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bot xoxb-12-34-geheim!", "bot xoxb-[masked]!"),
        ("xoxe.xoxp-1-geheim", "xoxe.[masked]"),
        ("app=xapp-1-A0-geheim,", "app=xapp-[masked],"),
        ("postgresql://bot:geheim@db.example/x", "postgresql://bot:[masked]@db.example/x"),
        ("postgresql://bot:ge/heim@db.example/x", "postgresql://bot:[masked]@db.example/x"),
        ("wss://wss-primary.example/link/?ticket=geheim&x=1 lost", "wss://wss-primary.example/link/?[masked] lost"),
        ("https://hooks.slack.com/commands/T1/2/geheim", "https://hooks.slack.com/[masked]"),
        ("Authorization: Bearer geheim", "Authorization: Bearer [masked]"),
        ("Authorization: Basic YWRtaW46Z2VoZWlt", "Authorization: Basic [masked]"),
        ("{'authorization': 'basic YTpi'}", "{'authorization': 'basic [masked]'}"),
        ("Basic OnNlY3JldA==, and more", "Basic [masked], and more"),
        ("eyJhbGciOi.eyJpc3MiOi.geheim-_1", "eyJ[masked]"),
    ],
)
def test_what_lets_somebody_in_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "payments/api-0:5005 is open for U024BE7LH",
        "http://127.0.0.1:3343/ready",
        "sqlite:////var/lib/pod-proxier/pod-proxier.db",
        "the foxb-1 and the toxoplasm",
        "https://slack.com/api/auth.test",
        "basic authentication, Basic Auth and Basic Authentication",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert masked(text) == text
