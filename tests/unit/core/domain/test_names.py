from hypothesis import given
from hypothesis import strategies as st

from core.domain.names import Look, Roll, Wanted

LOOKS = [Look(ready=True), Look(ready=False)]
name = st.text("ab-", min_size=1, max_size=3)


@given(st.lists(st.tuples(name, st.sampled_from([*LOOKS, None]))), st.dictionaries(name, st.sampled_from(LOOKS)))
def test_a_roll_is_what_was_put_into_it_and_not_dropped(
    changes: list[tuple[str, Look | None]], first: dict[str, Look]
) -> None:
    roll, expected = Roll(first), dict(first)
    for each, look in changes:
        if look is None:
            roll.drop(each)
            expected.pop(each, None)
        else:
            roll.put(each, look)
            expected[each] = look
        assert roll.text.split("\n")[1:-1] == list(roll.names) == sorted(expected)
        assert len(roll) == len(expected)
    assert {each: roll.look(each) for each in roll.names} == expected


def test_namespaces_are_wanted_outright_or_by_a_pattern() -> None:
    wanted = Wanted.of(["payments", "team-*", "orders"])
    assert list(wanted.outright) == ["orders", "payments"]
    assert wanted.has_patterns
    assert not Wanted.of(["payments"]).has_patterns
    assert [wanted.covers(each) for each in ("payments", "team-a", "team", "payments-2")] == [True, True, False, False]
