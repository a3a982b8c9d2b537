from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.finding import Query, find
from core.domain.names import Look, Roll

READY, WAITING = Look(ready=True), Look(ready=False)

CLUSTER = {
    "kube-api": ["scheduler-0"],
    "orders": ["api-0", "db-api-0", "kapi-0"],
    "payments": ["api-0", "api-1", "web-0"],
    "team-a": ["payments-mock", "web.api-0"],
}


def rolls(cluster: Mapping[str, Sequence[str]], waiting: Sequence[str] = ()) -> list[tuple[str, Roll]]:
    """``waiting`` names those that are not ready, whatever their namespace."""
    looks = {name: WAITING if name in waiting else READY for names in cluster.values() for name in names}
    return [(namespace, Roll({name: looks[name] for name in cluster[namespace]})) for namespace in sorted(cluster)]


def found(typed: str, places: Sequence[tuple[str, Roll]], most: int = 100) -> list[str]:
    return [str(each.ref) for each in find(Query.of(typed), places, most)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("web", ["payments/web-0", "team-a/web.api-0"]),
        ("WEB-0", ["payments/web-0"]),
        ("pay/ap", ["payments/api-0", "payments/api-1"]),
        ("payments/", ["payments/api-0", "payments/api-1", "payments/web-0"]),
        ("payments/api-1:5005", ["payments/api-1"]),
        ("/db", ["orders/db-api-0"]),
        ("pay web", ["payments/web-0"]),
        ("web pay", ["payments/web-0"]),
        ("api 1", ["payments/api-1"]),
        ("nothing", []),
        ("\n", [f"{namespace}/{name}" for namespace, names in sorted(CLUSTER.items()) for name in names]),
    ],
)
def test_what_was_typed_finds_pods(typed: str, expected: list[str]) -> None:
    assert found(typed, rolls(CLUSTER)) == expected


def test_names_that_begin_so_come_before_namespaces_before_parts_of_names_before_anything() -> None:
    assert found("api", rolls(CLUSTER)) == [
        *("orders/api-0", "payments/api-0", "payments/api-1"),
        "orders/db-api-0",
        *("kube-api/scheduler-0", "orders/kapi-0", "team-a/web.api-0"),
    ]
    assert found("pay", rolls(CLUSTER)) == [
        "team-a/payments-mock",
        *("payments/api-0", "payments/api-1", "payments/web-0"),
    ]


def test_the_name_itself_comes_first_though_it_is_not_ready() -> None:
    assert found("api-0", rolls({"a": ["api-0", "api-00"]}, waiting=["api-0"])) == ["a/api-0", "a/api-00"]


def test_of_pods_that_are_met_alike_the_ready_ones_come_first() -> None:
    assert found("api", rolls({"a": ["api-0", "api-1", "api-2"]}, waiting=["api-0"])) == [
        "a/api-1",
        "a/api-2",
        "a/api-0",
    ]


def test_no_more_are_found_than_are_wanted() -> None:
    many = rolls({"a": [f"api-{number:03}" for number in range(300)]})
    assert found("", many, most=3) == found("api", many, most=3) == ["a/api-000", "a/api-001", "a/api-002"]


names = st.lists(st.text("ab-.", min_size=1, max_size=6), max_size=8, unique=True)


@given(st.dictionaries(st.text("ab-", min_size=1, max_size=3), names, max_size=4), st.text("ab-/ ", max_size=6))
def test_exactly_the_pods_that_meet_all_words_are_found_once_each(cluster: dict[str, list[str]], typed: str) -> None:
    def is_meant(namespace: str, name: str) -> bool:
        for word in typed.split():
            before, slash, after = word.partition("/")
            if slash and not (namespace.startswith(before) and after in name):
                return False
            if not slash and not (word in namespace or word in name):
                return False
        return True

    expected = [f"{ns}/{name}" for ns, names in cluster.items() for name in names if is_meant(ns, name)]
    assert sorted(found(typed, rolls(cluster))) == sorted(expected)
