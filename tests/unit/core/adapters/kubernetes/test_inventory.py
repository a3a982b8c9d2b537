import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from core.adapters.kubernetes import inventory as looking
from core.adapters.kubernetes.inventory import StaticInventory
from core.adapters.kubernetes.inventory_file import EXAMPLE, BadInventory, parse
from core.domain.errors import ClusterUnreachable
from core.domain.pod import Pod
from core.domain.target import PodRef

REF: Final = PodRef("payments", "api-0")
SOON: Final = timedelta(milliseconds=10)


def write(path: Path, text: str) -> None:
    path.write_text(text)


def remove(path: Path) -> None:
    path.unlink()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "targets.yaml"
    write(path, EXAMPLE)
    return path


async def test_a_file_that_is_not_there_fails_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadInventory, match=r"none\.yaml"):
        async with StaticInventory(tmp_path / "none.yaml"):
            pass


async def test_a_file_that_is_wrong_fails_at_the_start_with_the_line(path: Path) -> None:
    write(path, "\n- name: b")
    with pytest.raises(BadInventory, match="line 2"):
        async with StaticInventory(path):
            pass


async def test_a_change_is_seen_by_the_next_question(path: Path) -> None:
    async with StaticInventory(path, interval=timedelta(hours=1)) as inventory:
        await inventory.pod(REF)
        write(path, "[]")
        assert list(await inventory.pods("payments")) == []


async def test_while_the_file_cannot_be_read_every_question_fails_and_nothing_is_told_as_gone(path: Path) -> None:
    async with StaticInventory(path, interval=SOON) as inventory:
        inventory.follow([REF])
        assert (await anext(inventory.sightings())).pod is not None
        write(path, "- name: half wri")
        with pytest.raises(ClusterUnreachable):
            await inventory.pod(REF)
        assert list(inventory.troubles) == ["payments"]
        write(path, EXAMPLE.replace("127.0.0.1", "127.0.0.9"))
        sighting = await anext(inventory.sightings())
        assert sighting.pod is not None
        assert str(sighting.pod.address) == "127.0.0.9"
        assert inventory.troubles == {}


async def test_a_file_that_went_away_is_read_when_it_is_back(path: Path) -> None:
    async with StaticInventory(path, interval=SOON) as inventory:
        remove(path)
        with pytest.raises(ClusterUnreachable):
            await inventory.check()
        write(path, EXAMPLE)
        assert await inventory.check() == "1 static target(s)"


async def test_a_file_needs_no_permissions(path: Path) -> None:
    async with StaticInventory(path) as inventory:
        assert await inventory.missing_permissions(["payments"]) == ()


async def test_an_empty_file_is_one_that_is_not_written_yet(path: Path) -> None:
    async with StaticInventory(path, interval=SOON) as inventory:
        write(path, "")
        with pytest.raises(ClusterUnreachable, match="empty"):
            await inventory.pod(REF)


async def test_a_long_file_does_not_hold_up_the_loop(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def noted(text: str, where: Path) -> Mapping[PodRef, Pod]:
        threads.append(threading.current_thread())
        return parse(text, where)

    monkeypatch.setattr(looking, "parse", noted)
    async with StaticInventory(path):
        assert len(threads) == 1
        assert threading.current_thread() not in threads


async def test_a_defect_of_ours_is_no_reason_to_believe_an_older_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, where: Path) -> Mapping[PodRef, Pod]:
        raise ZeroDivisionError(text, where)

    async with StaticInventory(path, interval=SOON) as inventory:
        inventory.follow([REF])
        sightings = inventory.sightings()
        assert (await anext(sightings)).pod is not None
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(looking, "parse", broken)
            write(path, EXAMPLE + "\n")
            for _ in range(2):
                with pytest.raises(ClusterUnreachable, match="ZeroDivisionError"):
                    await inventory.pod(REF)
        write(path, "[]")
        assert (await anext(sightings)).pod is None
