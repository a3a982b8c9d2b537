import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from bot.api.checks import LONGEST_DETAIL, Check, Examination, Finding, findings
from core.domain.errors import StorageUnavailable


def saying(detail: str) -> Check:
    async def check() -> Finding:
        return Finding(ok=True, detail=detail)

    return check


async def test_each_dependency_is_named_in_order() -> None:
    found = await findings({"b": saying("one"), "a": saying("")})
    assert list(found.items()) == [("b", Finding(ok=True, detail="one")), ("a", Finding(ok=True))]


async def test_what_hangs_is_not_well_and_holds_up_nobody() -> None:
    async def hangs() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    found = await findings({"cluster": hangs, "engine": saying("")}, timedelta(milliseconds=20))
    assert found == {"cluster": Finding(ok=False, detail="no answer within 0.02 s"), "engine": Finding(ok=True)}


async def test_they_are_looked_at_all_at_once() -> None:
    both = asyncio.Barrier(2)

    async def meets() -> Finding:
        await both.wait()
        return Finding(ok=True)

    assert await findings({"a": meets, "b": meets}) == {"a": Finding(ok=True), "b": Finding(ok=True)}


async def test_however_many_ask_at_once_or_in_a_row_everything_is_looked_at_once() -> None:
    looks = 0

    async def counts() -> Finding:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return Finding(ok=True, detail=str(looks))

    examination = Examination({"database": counts}, fresh_for=3_600)
    answers = await asyncio.gather(*(examination.findings() for _ in range(50)))
    assert [*answers, await examination.findings()] == 51 * [{"database": Finding(ok=True, detail="1")}]


async def test_what_was_found_before_is_not_told_for_ever() -> None:
    found = [Finding(ok=True), Finding(ok=False)]

    async def next_one() -> Finding:
        return found.pop(0)

    examination = Examination({"database": next_one}, fresh_for=0)
    assert [await examination.findings() for _ in range(2)] == [
        {"database": Finding(ok=True)},
        {"database": Finding(ok=False)},
    ]


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    let_go = asyncio.Event()

    async def waits() -> Finding:
        await let_go.wait()
        return Finding(ok=True)

    examination = Examination({"database": waits})
    impatient, patient = (asyncio.create_task(examination.findings()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    let_go.set()
    assert await patient == {"database": Finding(ok=True)}


async def test_an_error_of_ours_is_told_in_its_words() -> None:
    async def locked() -> Finding:
        raise StorageUnavailable("the database is locked")

    assert await findings({"database": locked}) == {"database": Finding(ok=False, detail="the database is locked")}


async def test_a_check_with_a_defect_is_not_well_and_logged() -> None:
    async def broken() -> Finding:
        raise KeyError("password=geheim")

    with capture_logs() as logs:
        found = await findings({"policy": broken})
    assert found == {"policy": Finding(ok=False, detail="the check itself broke: KeyError")}
    assert [(entry["event"], entry["check"]) for entry in logs] == [("ready.check_broke", "policy")]


async def test_a_detail_is_one_short_line_without_secrets() -> None:
    long = "token xoxb-1234-geheim\nof\tpostgresql://bot:geheim@db/x " + "y" * 1000
    [finding] = (await findings({"slack": saying(long)})).values()
    assert "geheim" not in finding.detail
    assert "\n" not in finding.detail
    assert len(finding.detail) == LONGEST_DETAIL
