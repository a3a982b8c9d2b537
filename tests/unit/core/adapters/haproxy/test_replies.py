from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from core.adapters.haproxy import replies
from core.adapters.haproxy.replies import Counters, Server, SlotState
from core.domain.route import Slot
from core.domain.sources import Sources

# As HAProxy 2.6 and 2.8 say it, word for word.
SERVERS = """\
1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state \
bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port \
srv_check_addr srv_agent_addr srv_agent_port
3 probed 1 destination - 2 0 1 1 81 1 0 0 0 0 0 0 - 0 - 0 0 - - 0
5 slot_10000 1 target 127.0.0.1 2 4 1 1 0 1 0 0 8 0 0 0 - 31983 - 0 0 - - 0
6 slot_10001 1 target ::1 2 4 1 1 0 1 0 0 8 0 0 0 - 28988 - 0 0 - - 0
7 slot_10002 1 target 127.0.0.2 0 5 1 1 0 1 0 0 8 0 0 0 - 1 - 0 0 - - 0"""
STAT = """\
# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,
slot_10000,BACKEND,0,0,2,3,200,17,1234,56789,0,0,,4,0,0,0,UP,1,
slot_10001,BACKEND,0,0,0,0,200,0,0,0,0,0,,0,0,0,0,UP,1,
slot_10002,BACKEND,0,0,0,0,200,0,0,0,0,0,,,0,0,0,DOWN,0,
probed,BACKEND,0,0,0,0,200,9,0,0,0,0,,0,0,0,0,UP,1,"""
UNTIL = "0x7f506c038b30 10000 1900000000\n0x7f506c039c60 10001 1900000001\n0x7f506c039c61 sentinel 1"
ALLOW = """\
0x7f506c038ce0 fd00::2710:127.0.0.0/104 1
0x7f506c039e10 fd00::2711:10.0.0.0/104 1
0x7f506c039e11 fd00::2711:10.0.0.0/104 1
0x7f506c039f60 fd00:6::2711:0 fc00::/7"""
TABLES = {
    "2.8": """\
# table: mappings, type: ipv6, size:20480, used:3
0x3414a080: key=fd00::2710:7f00:9 use=1 exp=604799997 shard=0 gpt0=10000 gpc0=0 conn_cnt=1
0x34189900: key=fd00::2710:7f00:7 use=0 exp=604799999 shard=0 gpt0=10000 gpc0=2 conn_cnt=3
0x34189901: key=fd00::2711:7f00:7 use=0 exp=604799999 shard=0 gpt0=10001 gpc0=1 conn_cnt=1""",
    "2.6": """\
# table: mappings, type: ipv6, size:20480, used:3
0x3414a080: key=fd00::2710:7f00:9 use=1 exp=604799997 gpt0=10000 gpc0=0 conn_cnt=1
0x34189900: key=fd00::2710:7f00:7 use=0 exp=604799999 gpt0=10000 gpc0=2 conn_cnt=3
0x34189901: key=fd00::2711:7f00:7 use=0 exp=604799999 gpt0=10001 gpc0=1 conn_cnt=1""",
}


def test_servers_are_read_by_their_port_and_others_left_out() -> None:
    assert replies.servers(SERVERS) == {
        10_000: Server(ip_address("127.0.0.1"), 31_983, maintenance=False),
        10_001: Server(ip_address("::1"), 28_988, maintenance=False),
        10_002: Server(ip_address("127.0.0.2"), 1, maintenance=True),
    }


@pytest.mark.parametrize(
    ("mask", "shut"), [(0, False), (4, False), (5, True), (1, True), (2, True), (36, True), (8, False)]
)
def test_maintenance_is_read_from_the_mask(mask: int, shut: bool) -> None:  # noqa: FBT001 - a column of the table
    line = f"5 slot_10000 1 target 10.0.0.7 2 {mask} 1 1 0 1 0 0 8 0 0 0 - 5005 - 0 0 - - 0"
    assert replies.servers(line)[10_000].maintenance is shut


def test_counters_are_read_by_their_port_and_an_empty_one_is_none() -> None:
    counters = replies.counters(STAT)
    assert counters[10_000] == Counters(sessions=2, connections=17, bytes_in=1234, bytes_out=56_789, failed=4)
    assert counters[10_002].failed == 0
    assert set(counters) == {10_000, 10_001, 10_002}


@pytest.mark.parametrize("version", TABLES)
def test_callers_are_read_with_those_that_were_refused(version: str) -> None:
    seven, nine = ip_address("127.0.0.7"), ip_address("127.0.0.9")
    of_one_port = "\n".join(TABLES[version].splitlines()[:3])
    assert replies.callers(of_one_port) == {nine: (1, 0), seven: (3, 2)}
    assert replies.refused(TABLES[version]) == {10_000: {seven: 2}, 10_001: {seven: 1}}


def test_an_empty_table_has_no_callers() -> None:
    assert replies.callers("# table: mappings, type: ipv6, size:20480, used:0") == {}


def test_the_paths_of_maps_are_read_by_their_names() -> None:
    text = (
        "# id (file) description\n"
        "0 (/run/pp/until.map) pattern loaded from file '/run/pp/until.map' used by map at file 'a' line 27, by map at "
        "file 'haproxy.cfg' line 41. curr_ver=0 next_ver=0 entry_cnt=4\n"
        "2 (/run/pp/allow.map) pattern loaded from file '/run/pp/allow.map' used by map at file 'haproxy.cfg' line 46"
    )
    assert replies.map_files(text) == {"until.map": "/run/pp/until.map", "allow.map": "/run/pp/allow.map"}


def test_four_answers_make_the_states_of_all_slots() -> None:
    states = replies.states(SERVERS, STAT, UNTIL, ALLOW)
    assert states[10_000].slot() == Slot(
        10_000,
        address=ip_address("127.0.0.1"),
        target_port=31_983,
        until=datetime.fromtimestamp(1_900_000_000, UTC),
        sources=Sources.parse("127.0.0.0/8"),
        sessions=2,
    )
    assert states[10_001].slot().sources == Sources.parse("10.0.0.0/8,fc00::/7")
    assert len(states[10_001].entries) == 3
    assert states[10_002].slot().shut


def test_four_answers_about_one_slot_make_its_state_though_the_maps_hold_all() -> None:
    of_one = "\n".join(line for line in SERVERS.splitlines() if "slot_10001" in line)
    states = replies.states(of_one, STAT, UNTIL, ALLOW, only=10_001)
    assert states == {10_001: replies.states(SERVERS, STAT, UNTIL, ALLOW)[10_001]}


def test_a_shut_slot_leads_nowhere_whatever_it_points_to() -> None:
    state = SlotState(10_000, Server(ip_address("10.0.0.7"), 5005, maintenance=True), deadlines=("1900000000",))
    assert (state.slot().address, state.slot().target_port) == (None, None)


def test_of_two_deadlines_the_later_is_told_and_one_that_is_none_is_not() -> None:
    server = Server(ip_address("10.0.0.7"), 5005, maintenance=False)
    assert SlotState(1, server, deadlines=("1", "junk", "2")).slot().until == datetime.fromtimestamp(2, UTC)
    assert SlotState(1, server, deadlines=("junk",)).slot().until is None


@pytest.mark.parametrize(
    ("until", "allow", "strays"),
    [
        ("", "", False),
        ("0x1 10000 1900000000", "0x2 fd00::2710:0.0.0.0/96 1", False),
        (UNTIL, "", True),
        ("", "0x1 ::/0 1", True),
        ("0x1 9999 1900000000", "", True),
        ("", "0x1 fd00::270f:0.0.0.0/96 1", True),
    ],
)
def test_entries_of_no_slot_are_noticed(until: str, allow: str, strays: bool) -> None:  # noqa: FBT001 - a column
    assert replies.strays(until, allow, {10_000}) is strays
