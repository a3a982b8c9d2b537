"""Whatever is typed: one kind of error, examples that work, and commands that read back as they were written."""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from bot.slack.blocks.mrkdwn import escape
from bot.slack.parsing import Close, Command, Extend, GiveHelp, ListThem, OpenForm, Request, parse, written
from core.domain.errors import BadInput
from core.domain.mapping import MappingId, Reference
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import Kind, Target

WORDS = """
    pod list all extend close help from for and - -- , 2 2h 30m 1h30m 45 min hours -1h 0s 5005 99999 4711 10004 m42
    payments/api-0 payments/api-0:debug payments/ /api api-0 10.1.2.3 10.1.2.300 10.0.0.0/8 10.1.2.3, ,10.1.2.9 ::1
    fe80::1%eth0 gw.example.com localhost <@U1|bob> <http://a/b|a/b> &lt;!here&gt; \u2014 \u201c2h\u201d `2h` ``` \u200b
    because hangs (2h) [::1] 1.5h 10.1.2.3:80 \u0663h \u00b2 #7
"""
SNIPPETS = st.sampled_from(WORDS.split())
COMMANDS_LIKE = st.lists(SNIPPETS | st.text(max_size=6), max_size=10).map(" ".join)
TYPED = st.text() | COMMANDS_LIKE | COMMANDS_LIKE.map(lambda words: f"pod payments/api-0 {words}")

LABELS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
REFERENCES = st.integers(1, 65_535).map(lambda port: Reference(port=port)) | st.integers(0, 10**9).map(
    lambda number: Reference(mapping_id=MappingId(number))
)
TTLS = st.integers(1, 10**7).map(lambda seconds: timedelta(seconds=seconds))
SOURCES = st.lists(st.ip_addresses().map(str), min_size=1, max_size=3).map(lambda found: Sources.parse(",".join(found)))
TARGETS = st.builds(Target, st.just(Kind.POD), LABELS, LABELS, st.none() | st.integers(1, 65_535) | st.just("debug"))
ASKS = st.builds(Ask, TARGETS, st.none() | TTLS, st.none() | SOURCES, st.sampled_from(["", "order 4711 hangs"]))
COMMANDS = (
    st.builds(Request, ASKS)
    | st.builds(ListThem, st.booleans())
    | st.builds(Extend, REFERENCES, TTLS)
    | st.builds(Close, REFERENCES)
    | st.just(GiveHelp())
    | st.just(OpenForm())
)


@given(COMMANDS)
def test_a_command_that_is_written_out_is_read_back(command: Command) -> None:
    assert parse(written(command)) == command


@given(TYPED)
@example("pod " + "9" * 2_900)
@example("pod a/b:" + "9" * 2_900)
@example("pod a/b " + "9" * 2_900 + "h")
@example("pod a/b from 10.0.0.0/" + "9" * 2_900)
@example("close " + "9" * 9_000)
def test_whatever_can_be_read_reads_the_same_when_it_is_shown_and_copied(typed: str) -> None:
    command, example_of_error = read(typed)
    if command is None:
        parse(example_of_error)
        parse(escape(example_of_error))
    else:
        assert parse(escape(written(command))) == command


def read(typed: str) -> tuple[Command | None, str]:
    """Read it, or say what the error says would work."""
    try:
        return parse(typed), ""
    except BadInput as error:
        return None, error.hint
