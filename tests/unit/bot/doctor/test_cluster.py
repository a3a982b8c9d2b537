from pathlib import Path

from bot.doctor.cluster import permissions
from core.domain.policy import Policy, Rule
from tests.unit.bot.doctor.patients import Missing, SomeCluster, lines, opening, patient, saying


def policy(*namespaces: str) -> Policy:
    return Policy(tuple(Rule((namespace,)) for namespace in namespaces))


async def test_permissions_are_asked_for_where_the_policy_lets_people_ask(tmp_path: Path) -> None:
    cluster = SomeCluster()
    await permissions(patient(tmp_path, cluster=opening(cluster), policy=saying(policy("web", "payments", "web"))))
    assert cluster.asked == ["payments", "web"]


async def test_a_glob_asks_for_all_namespaces(tmp_path: Path) -> None:
    cluster = SomeCluster()
    await permissions(patient(tmp_path, cluster=opening(cluster), policy=saying(policy("payments", "web-*"))))
    assert cluster.asked == ["payments", ""]


async def test_a_missing_permission_fails_and_says_what_to_grant(tmp_path: Path) -> None:
    cluster = SomeCluster([Missing("list", "payments"), Missing("watch", "payments")])
    assert lines(await permissions(patient(tmp_path, cluster=opening(cluster)))) == [
        "FAIL it: may not list and watch pods in payments -> grant get, list and watch on pods in payments"
    ]


async def test_all_namespaces_must_be_permitted_where_the_policy_means_all(tmp_path: Path) -> None:
    cluster = SomeCluster([Missing("get", "")])
    [found] = await permissions(patient(tmp_path, cluster=opening(cluster), policy=saying(policy("*"))))
    assert (found.level, found.text) == ("FAIL", "may not get pods in all namespaces, which the policy's * stands for")


async def test_a_narrower_glob_is_only_noted_for_a_role_in_each_namespace_does_as_well(tmp_path: Path) -> None:
    cluster = SomeCluster([Missing("get", "")])
    [found] = await permissions(patient(tmp_path, cluster=opening(cluster), policy=saying(policy("web-*"))))
    assert (found.level, found.text.endswith("web-* stands for")) == ("note", True)


async def test_permissions_on_services_are_asked_for_only_where_they_are_followed(tmp_path: Path) -> None:
    cluster = SomeCluster()
    await permissions(patient(tmp_path, cluster=opening(cluster)))
    assert cluster.asked_of_services == []
    await permissions(patient(tmp_path, cluster=opening(cluster), service_namespaces=["web", "payments"]))
    assert cluster.asked_of_services == ["payments", "web"]


async def test_defect_12_a_role_that_lacks_services_fails_and_says_what_to_grant(tmp_path: Path) -> None:
    cluster = SomeCluster([Missing(verb, "payments", "services") for verb in ("list", "watch")])
    assert lines(await permissions(patient(tmp_path, cluster=opening(cluster), service_namespaces=["payments"]))) == [
        "FAIL it: may not list and watch services in payments -> grant list and watch on services in payments"
    ]


async def test_endpointslices_that_may_not_be_read_are_noted_for_only_headless_services_need_them(
    tmp_path: Path,
) -> None:
    cluster = SomeCluster([Missing("watch", "payments", "endpointslices")])
    [found] = await permissions(patient(tmp_path, cluster=opening(cluster), service_namespaces=["payments"]))
    assert (found.level, found.remedy) == ("note", "grant list and watch on endpointslices in payments")
    assert found.text == "may not watch endpointslices in payments, so that headless Services there lead nowhere"
