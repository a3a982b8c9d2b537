import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.haproxy.commands import LONGEST, Command, Maps, batches, command, payloads, spell
from core.adapters.haproxy.operations import Add, Aim, Change, Cut, Delete, Ready
from core.adapters.haproxy.slots import ALLOW, NOWHERE, UNTIL, Entry
from core.domain.errors import GatewayRefused
from core.domain.target import Address
from tests.unit.core.adapters.haproxy.strategies import addresses, ports

HARMLESS = string.ascii_letters + string.digits + "_.:/@#%+,=~-"
words = st.text(alphabet=HARMLESS, min_size=1, max_size=40)
entries = st.lists(st.tuples(words, words), max_size=400)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_whatever_is_said_is_one_command_with_these_very_words_or_is_refused(given_words: list[str]) -> None:
    try:
        line = command(*given_words)
    except GatewayRefused:
        assert any(not word or set(word) - set(HARMLESS) for word in given_words)
    else:
        assert line.split(" ") == given_words
        assert not set(line) - set(HARMLESS) - {" "}


@pytest.mark.parametrize(
    "word", ["", " ", "a b", "a;b", "a\nb", "a\tb", "a\\b", "<<", 'a"b', "a'b", "é", "a\x00", "a\n"]
)
def test_a_word_that_haproxy_would_take_for_more_is_refused(word: str) -> None:
    with pytest.raises(GatewayRefused):
        command("show", word)
    for entry in ((word, "1"), ("10.0.0.1", word)):
        with pytest.raises(GatewayRefused):
            list(payloads(command("add", "map", "@1", "/a.map"), [entry]))


@given(entries)
def test_a_payload_gives_every_entry_in_lines_that_haproxy_can_read(given_entries: list[Entry]) -> None:
    first = command("add", "map", "@1", "/run/allow.map")
    lines = list(payloads(first, given_entries))
    read: list[Entry] = []
    for line in lines:
        assert len(line) <= LONGEST + 200
        head, *body, end = line.split("\n")
        assert (head, end) == (f"{first} <<", "")
        read += [(key, value) for key, value in (entry.split(" ") for entry in body)]
    assert read == given_entries


def test_no_entries_make_no_payload() -> None:
    assert list(payloads(command("add", "map", "@1", "/a.map"), [])) == []


@given(st.lists(words | entries.map(lambda given: "add <<\n" + "".join(f"{k} {v}\n" for k, v in given)), max_size=60))
def test_batches_keep_the_order_and_end_after_a_payload(texts: list[str]) -> None:
    made = list(batches([Command(text) for text in texts]))
    assert [one for batch in made for one in batch] == texts
    for batch in made:
        assert batch
        assert not any("\n" in one for one in batch[:-1])
        assert len(batch) == 1 or sum(len(one) + 1 for one in batch) <= LONGEST + 1


MAPS = Maps(allow="/run/allow.map", until="/run/until.map")


@given(ports, addresses, ports)
def test_what_is_done_to_a_slot_names_that_slot_alone(port: int, address: Address, target_port: int) -> None:
    made = [line for one in (Cut(port), Aim(port, address, target_port), Ready(port)) for line in spell(one, MAPS)]
    assert len(made) == 4
    assert all(f" slot_{port}/target" in one for one in made)


def test_a_cut_takes_maintenance_and_an_end_to_the_sessions() -> None:
    assert spell(Cut(10_000), MAPS) == [
        "set server slot_10000/target state maint",
        "shutdown sessions server slot_10000/target",
    ]


def test_a_shut_slot_points_where_nothing_listens_and_never_to_haproxy_s_own_host() -> None:
    aimed = spell(Aim(10_000, *NOWHERE), MAPS)
    assert aimed == ["set server slot_10000/target addr 127.0.0.2 port 1"]


def test_an_entry_is_told_to_the_map_that_it_is_meant_for() -> None:
    assert spell(Add(UNTIL, "10000", "1"), MAPS) == ["add map /run/until.map 10000 1"]
    assert spell(Change(ALLOW, "fd00::1", "2"), MAPS) == ["set map /run/allow.map fd00::1 2"]
    assert spell(Delete(ALLOW, "fd00::1"), MAPS) == ["del map /run/allow.map fd00::1"]
