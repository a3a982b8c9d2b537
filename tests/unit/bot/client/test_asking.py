from datetime import timedelta
from ipaddress import ip_network

import pytest

from bot.client.asking import read_request
from bot.client.references import read_extension, read_ref
from core.domain.errors import BadInput
from core.domain.mapping import MappingId, Reference


@pytest.mark.parametrize(
    "words",
    [
        ["payments/api-0:5005", "2h"],
        ["pod", "payments/api-0:5005", "for", "2", "hours"],
        ["pod payments/api-0:5005 2h"],
    ],
)
def test_it_is_typed_as_in_slack(words: list[str]) -> None:
    ask = read_request(words, None, None)
    assert (str(ask.target), ask.ttl, ask.sources, ask.reason) == ("payments/api-0:5005", timedelta(hours=2), None, "")


def test_sources_and_reason_are_words_or_flags() -> None:
    by_words = read_request(["payments/api-0", "2h", "from", "10.1.2.3", "order", "4711", "hangs"], None, None)
    by_flags = read_request(["payments/api-0", "2h"], "10.1.2.3", "order 4711  hangs")
    assert by_words == by_flags
    assert by_flags.sources is not None
    assert by_flags.sources.networks == (ip_network("10.1.2.3"),)


@pytest.mark.parametrize(
    ("words", "sources", "reason", "hint"),
    [
        (["api-0", "2h"], None, None, "pod-proxier open default/api-0 2h"),
        (["payments/api-0", "2"], None, None, "pod-proxier open payments/api-0 2h"),
        (["payments/api-0", "10.1.2.3"], None, None, "pod-proxier open payments/api-0 from 10.1.2.3"),
        (["payments/api-0"], "10.1.2.3/8", None, "--from 10.0.0.0/8"),
        (["payments/api-0", "from", "10.1.2.3"], "10.1.2.4", None, "pod-proxier open payments/api-0 --from 10.1.2.3"),
        (["payments/api-0", "2h", "why;"], None, "so $HOME", "pod-proxier open payments/api-0 --reason 'so $HOME'"),
        (["payments/api-0"], None, "x" * 301, f"--reason {'x' * 60}"),
    ],
)
def test_what_cannot_be_read_is_answered_with_a_command_to_copy(
    words: list[str], sources: str | None, reason: str | None, hint: str
) -> None:
    with pytest.raises(BadInput) as caught:
        read_request(words, sources, reason)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("word", "reference"),
    [
        ("m42", Reference(mapping_id=MappingId(42))),
        ("#42", Reference(mapping_id=MappingId(42))),
        ("10004", Reference(port=10004)),
        ("gw.example.com:10004", Reference(port=10004)),
    ],
)
def test_a_mapping_is_named_by_id_port_or_address(word: str, reference: Reference) -> None:
    assert read_ref(word, "show") == reference


def test_what_names_no_mapping_is_answered_with_a_command() -> None:
    with pytest.raises(BadInput) as caught:
        read_ref("payments/api-0", "close")
    assert caught.value.hint == "pod-proxier close 10004"


def test_an_extension_is_a_reference_and_a_time() -> None:
    wanted = read_extension(["m42", "by", "1h", "30m"])
    assert (wanted.reference, wanted.by) == (Reference(mapping_id=MappingId(42)), timedelta(minutes=90))
    with pytest.raises(BadInput) as caught:
        read_extension(["m42"])
    assert caught.value.hint == "pod-proxier extend m42 30m"
