"""Answers as the two versions give them (shapes as recorded from 3.4.2 and 2.9.27)."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.haproxy.dataplane import answers
from core.adapters.haproxy.dataplane.answers import Caller
from core.adapters.haproxy.dataplane.dialects import V2, V3
from core.adapters.haproxy.dataplane.errors import NotTheApi
from core.adapters.haproxy.replies import Counters, Server

LINE = (
    b'{"backend_name":"slot_10000","name":"target","type":"server",'
    b'"stats":{"addr":"10.0.0.7:5005","status":"MAINT","scur":0,"econ":1,"weight":1}}'
)
TOTAL = b'{"name":"slot_10000","type":"backend","stats":{"scur":1,"stot":7,"bin":10,"bout":20,"econ":2,"status":"UP"}}'
OTHERS = b'{"name":"mappings","type":"frontend","stats":{"scur":1}},{"name":"probed","type":"backend","stats":{}},{}'
STATS = b'{"runtimeAPI":"/run/admin.sock","stats":[' + b",".join((LINE, TOTAL, OTHERS)) + b"]}"


@pytest.mark.parametrize("body", [STATS, b"[" + STATS + b"]"], ids=["version 3", "version 2"])
def test_counters_and_servers_are_read_whichever_version_tells_them(body: bytes) -> None:
    lines = answers.lines(answers.STATS.decode(body))
    assert answers.counters(lines) == {10_000: Counters(1, 7, 10, 20, 2)}
    assert answers.servers(lines) == {10_000: Server(ip_address("10.0.0.7"), 5005, maintenance=True)}


@pytest.mark.parametrize(
    ("told", "address"), [("127.0.0.2:1", "127.0.0.2"), ("[::1]:1", "::1"), ("[fd12::7]:1", "fd12::7")]
)
def test_a_server_s_address_is_read_from_the_counters(told: str, address: str) -> None:
    body = STATS.replace(b"10.0.0.7:5005", told.encode()).replace(b'"MAINT"', b'"no check"')
    found = answers.servers(answers.lines(answers.STATS.decode(body)))
    assert found == {10_000: Server(ip_address(address), 1, maintenance=False)}


def test_hidden_addresses_are_told_with_the_reason() -> None:
    with pytest.raises(NotTheApi, match="level admin"):
        answers.servers(answers.lines(answers.STATS.decode(STATS.replace(b'"addr":"10.0.0.7:5005",', b""))))


def test_a_server_in_the_file_is_read_whichever_version_tells_it() -> None:
    server = {"name": "target", "address": "127.0.0.2", "port": 1}
    assert answers.filed(server) == answers.filed({"_version": 3, "data": server}) == server


def test_callers_are_told_apart_by_port() -> None:
    found = [
        Caller("fd00::2710:7f00:9", conn_cnt=2),
        Caller("fd00::2710:7f00:a", conn_cnt=3, gpc0=1),
        Caller("fd00::2711:7f00:9", conn_cnt=5, gpc0=5),
    ]
    nine, ten = ip_address("127.0.0.9"), ip_address("127.0.0.10")
    assert answers.callers(found, 10_000) == ({nine: 2, ten: 3}, {ten: 1})
    assert answers.refused(found) == {10_000: {ten: 1}, 10_001: {nine: 5}}


@given(st.text(min_size=1))
def test_a_key_is_one_part_of_a_path_whatever_is_in_it(key: str) -> None:
    for known in (V3(), V2()):
        before, _, last = known.entry("allow.map", key).path.rpartition("/")
        assert last
        assert not set(last) & set("/?#&; ")
        assert before.endswith(("/entries", "/maps_entries"))
