from pathlib import Path

from bot.doctor.policy import remarks
from core.domain.people import UserId
from core.domain.policy import ANYONE, Policy, Principals, Rule
from tests.unit.bot.doctor.patients import CAROL, LEADS, lines, patient, saying


async def remarks_on(folder: Path, *rules: Rule, operators: Principals = CAROL) -> list[str]:
    first, *rest = lines(await remarks(patient(folder, policy=saying(Policy(rules, operators)))))
    assert first == f"ok   it: readable, {len(rules)} rule(s)"
    return rest


async def test_a_rule_that_names_people_needs_no_remark(tmp_path: Path) -> None:
    assert not await remarks_on(tmp_path, Rule(("payments",), requesters=LEADS, approvers=LEADS))


async def test_a_rule_without_people_lets_any_full_member_ask_and_approve(tmp_path: Path) -> None:
    assert await remarks_on(tmp_path, Rule(("web", "app-*"))) == [
        "note it: rule 1 (web, app-*) lets any full member of the workspace ask and approve -> name users or groups"
    ]


async def test_a_rule_that_asks_nobody_is_pointed_out_and_its_approvers_do_not_matter(tmp_path: Path) -> None:
    rule = Rule(("sandbox",), requesters=LEADS, approvers=ANYONE, approvals=0)
    assert await remarks_on(tmp_path, rule) == ["note it: rule 1 (sandbox) opens ports without anybody's approval"]


async def test_a_rule_of_the_previous_services_api_is_pointed_out(tmp_path: Path) -> None:
    rule = Rule(("profiling",), requesters=LEADS, approvers=LEADS, v1=True)
    [remark] = await remarks_on(tmp_path, rule)
    assert remark == "note it: rule 1 (profiling) lets the previous service's API open ports without asking anybody"


async def test_a_rule_for_nobody_keeps_a_namespace_closed_and_needs_no_approvers(tmp_path: Path) -> None:
    assert not await remarks_on(tmp_path, Rule(("kube-system",), requesters=Principals()))


async def test_a_rule_that_can_never_be_approved_fails(tmp_path: Path) -> None:
    two = Principals(users=frozenset({UserId("U1"), UserId("U2")}))
    rule = Rule(("payments",), requesters=LEADS, approvers=two, approvals=3)
    [remark] = await remarks_on(tmp_path, rule)
    assert remark.startswith("FAIL it: rule 1 (payments) wants 3 approval(s) and names fewer approvers")


async def test_a_rule_behind_one_that_covers_it_never_counts(tmp_path: Path) -> None:
    wide = Rule(("web-*",), requesters=LEADS, approvers=LEADS)
    narrow = Rule(("web-shop",), requesters=LEADS, approvers=LEADS)
    [remark] = await remarks_on(tmp_path, wide, narrow)
    assert remark.startswith("note it: rule 2 (web-shop) never counts")
    assert not await remarks_on(tmp_path, narrow, wide)


async def test_a_policy_without_operators_is_pointed_out(tmp_path: Path) -> None:
    rule = Rule(("payments",), requesters=LEADS, approvers=LEADS)
    [remark] = await remarks_on(tmp_path, rule, operators=Principals())
    assert remark.startswith("note it: there are no operators")
