from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BadTarget
from core.domain.target import Endpoint, Kind, PodRef, PodUid, Target

LABELS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
PORT_NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,12}[a-z])", fullmatch=True)
TARGETS = st.builds(Target, st.just(Kind.POD), LABELS, LABELS, st.none() | st.integers(1, 65_535) | PORT_NAMES)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("payments/api-0", None),
        ("payments/api-0:5005", 5005),
        (" payments/api-0:05005 ", 5005),
        ("payments/api-0:+80", 80),
        ("payments/api-0:65535", 65_535),
        ("Payments/API-0:Debug", "debug"),
        ("payments/api-0:jprofiler_tcp", "jprofiler-tcp"),
        ("payments/api-0:0x50", "0x50"),
    ],
)
def test_targets_are_read_as_people_write_them(text: str, port: int | str | None) -> None:
    assert Target.parse(Kind.POD, text) == Target(Kind.POD, "payments", "api-0", port)


def test_a_name_may_have_dots() -> None:
    assert Target.parse(Kind.POD, "default/db.example.org").name == "db.example.org"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("api-0", "namespace is missing"),
        ("", "namespace is missing"),
        ("/api-0", "not a namespace"),
        ("pay_ments/api-0", "not a namespace"),
        ("-payments/api-0", "not a namespace"),
        ("a.b/api-0", "not a namespace"),
        (f"{'n' * 64}/api-0", "not a namespace"),
        ("payments/", "not the name of a pod"),
        ("payments/a/b", "not the name of a pod"),
        ("payments/api 0", "not the name of a pod"),
        ("payments/api-0-", "not the name of a pod"),
        ("payments/<!channel>", "not the name of a pod"),
        ("payments/api;quit", "not the name of a pod"),
        (f"payments/{'n' * 254}", "not the name of a pod"),
        ("payments/api-0:0", "not between 1 and 65535"),
        ("payments/api-0:70000", "not between 1 and 65535"),
        ("payments/api-0:-1", "not between 1 and 65535"),
        ("payments/api-0:--5", "not between 1 and 65535"),
        ("payments/api-0:²", "not between 1 and 65535"),
        ("payments/api-0:" + "9" * 5_000, "not between 1 and 65535"),
        ("payments/api-0:", "neither a port number nor a port's name"),
        ("payments/api-0:5005/tcp", "neither a port number nor a port's name"),
        ("payments/api-0:a-name-too-long-by-far", "neither a port number nor a port's name"),
    ],
)
def test_what_cannot_be_right_is_refused_with_an_example_that_works(text: str, problem: str) -> None:
    with pytest.raises(BadTarget, match=problem) as raised:
        Target.parse(Kind.POD, text)
    assert raised.value.given == text
    assert Target.parse(Kind.POD, raised.value.hint)


def test_a_forgotten_namespace_is_filled_in_by_the_example() -> None:
    with pytest.raises(BadTarget) as raised:
        Target.parse(Kind.POD, "api-0:5005")
    assert raised.value.hint == "default/api-0:5005"


@given(TARGETS)
def test_what_is_written_is_read_back(target: Target) -> None:
    assert Target.parse(Kind.POD, str(target)) == target


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        target = Target.parse(Kind.POD, text)
    except BadTarget as refused:
        target = Target.parse(Kind.POD, refused.hint)
    assert not set(str(target)) & set(" ;\n<>&'\"")


def test_a_target_names_a_pod_and_can_have_its_port_settled() -> None:
    target = Target.parse(Kind.POD, "payments/api-0:debug")
    assert target.pod == PodRef("payments", "api-0")
    assert str(target.at(5005)) == "payments/api-0:5005"


@pytest.mark.parametrize(("address", "text"), [("10.1.2.3", "10.1.2.3:80"), ("fd00::1", "[fd00::1]:80")])
def test_an_endpoint_is_written_as_people_copy_it(address: str, text: str) -> None:
    assert str(Endpoint(ip_address(address), 80, PodUid("u"))) == text
