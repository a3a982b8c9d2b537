import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.mrkdwn import escape
from bot.slack.parsing.spelling import plain


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  pod \t payments/api-0\n2h ", "pod payments/api-0 2h"),
        ("pod\u00a0payments/api-0\u20032h\u3000why", "pod payments/api-0 2h why"),
        ("pod pay\u200bments/a\u00adpi-0\ufeff 2h", "pod payments/api-0 2h"),
        ("\u202epod\u202c payments/api-0", "pod payments/api-0"),
        ("it\u2019s \u201curgent\u201d \u2014 really\u2026", 'it\'s "urgent" -- really...'),
        ("payments/api\u20110 10000\u201310099", "payments/api-0 10000-10099"),
        ("`pod payments/api-0`", "pod payments/api-0"),
        ("```\npod payments/api-0\n```", "pod payments/api-0"),
        ("<http://payments/api-0|payments/api-0>", "payments/api-0"),
        ("<http://payments/api-0>", "http://payments/api-0"),
        ("<mailto:bob@example.com|bob@example.com> knows", "bob@example.com knows"),
        ("<@U123|bob> and <#C1|general> and <!here>", "<@U123|bob> and <#C1|general> and <!here>"),
        ("a &amp; b &lt;c&gt; &quot;", "a & b <c> &quot;"),
        ("&amp;lt;", "&lt;"),
        ("nul\x00 and half a pair \ud800 go", "nul and half a pair go"),
    ],
)
def test_text_is_spelled_as_it_was_meant(typed: str, meant: str) -> None:
    assert plain(typed) == meant


@given(st.text())
def test_what_is_shown_and_copied_again_is_read_the_same(typed: str) -> None:
    assert plain(escape(plain(typed))) == plain(typed)
