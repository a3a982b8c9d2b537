import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.doctor.checks import DEADLINE, examine
from bot.doctor.patient import ClusterPart, Patient
from bot.settings import BadSettings
from bot.slack.manifest import BOT_SCOPES
from bot.workspace import Settings, Workspace
from core.domain.errors import ClusterUnauthorized, PodProxierError
from core.domain.policy import Policy
from core.domain.target import Kind, Target
from tests.unit.bot.doctor.patients import patient, slack_of

NO_SLACK = "FAIL slack: Socket Mode needs SLACK_APP_TOKEN"


async def ills(ill: Patient, deadline: float = DEADLINE) -> list[str]:
    said: list[str] = []
    assert not await examine(ill, said.append, deadline=deadline)
    return [line for line in said if not line.startswith("ok ")]


async def test_a_healthy_installation_is_told_in_a_line_for_each_check(tmp_path: Path) -> None:
    said: list[str] = []
    async with Workspace(Settings(scopes=BOT_SCOPES)) as workspace:
        assert await examine(patient(tmp_path, slack=slack_of(workspace)), said.append)
    assert [line.split()[:2] for line in said] == [
        ["ok", subject]
        for subject in (
            *("slack:", "slack:", "cluster:", "gateway:", "ports:", "ports:"),
            *("database:", "host:", "policy:", "state:"),
        )
    ]


async def test_a_part_that_raises_fails_with_its_message_and_leaves_the_others_alone(tmp_path: Path) -> None:
    @asynccontextmanager
    async def unauthorized() -> AsyncIterator[ClusterPart]:
        raise ClusterUnauthorized
        yield

    _, told = await ills(patient(tmp_path, cluster=unauthorized))
    assert told.startswith("FAIL cluster: the Kubernetes API does not accept Pod-Proxier's credentials (401) -> an op")


async def test_a_policy_that_cannot_be_read_is_told_once_and_in_one_line(tmp_path: Path) -> None:
    def unreadable() -> Policy:
        raise PodProxierError("line 3:\n  no such field")

    assert await ills(patient(tmp_path, policy=unreadable)) == [NO_SLACK, "FAIL policy: line 3: no such field"]


async def test_several_mistakes_of_one_part_stay_apart_in_its_line(tmp_path: Path) -> None:
    def wrong() -> Policy:
        raise BadSettings(["SLACK_BOT_TOKEN is missing", "SLACK_APP_TOKEN is missing"])

    _, told = await ills(patient(tmp_path, policy=wrong))
    assert told == "FAIL policy: SLACK_BOT_TOKEN is missing; SLACK_APP_TOKEN is missing"


async def test_a_part_that_hangs_fails_at_the_deadline(tmp_path: Path) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    ill = patient(tmp_path, revisions=never)
    assert "FAIL database: no answer within 0.01 s" in await ills(ill, deadline=0.01)


async def test_a_target_is_tried_when_one_is_named(tmp_path: Path) -> None:
    said: list[str] = []
    await examine(patient(tmp_path), said.append, Target.parse(Kind.POD, "payments/api-0:80"))
    assert said[-1] == "ok   target: payments/api-0:80 answers the gateway on 10.1.2.3:80"
