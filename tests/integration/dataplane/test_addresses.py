"""By which way an address gets to HAProxy."""

from http import HTTPStatus

import pytest
from aiohttp import web

from core.adapters.haproxy.dataplane.errors import ApiRefused
from tests.contract.gateway.pods import echo_pod
from tests.dataplane_standin import Kind
from tests.integration.dataplane.conftest import Setting
from tests.integration.haproxy.hands import reached, route_to

BY_FILE = pytest.mark.parametrize("kind", [Kind.V3_0, Kind.V2_9], ids=lambda kind: kind.value)
AT_RUN_TIME = pytest.mark.parametrize("kind", [Kind.V3_4], ids=lambda kind: kind.value)


def changes_of_the_file(setting: Setting) -> int:
    return sum(one.startswith("PUT") and "/configuration/" in one for one in setting.api.asked)


@AT_RUN_TIME
async def test_a_version_that_can_is_told_at_run_time_and_the_file_stays_as_it_is(setting: Setting) -> None:
    before = setting.haproxy.config.haproxy_cfg.read_text()
    await setting.gateway.apply(setting.route())
    await setting.gateway.close(setting.first)
    assert changes_of_the_file(setting) == 0
    assert setting.haproxy.config.haproxy_cfg.read_text() == before


@BY_FILE
async def test_a_version_that_cannot_is_told_by_the_file_and_asked_no_second_time(setting: Setting) -> None:
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"
    setting.api.asked.clear()
    await setting.gateway.apply(setting.route(1))
    puts = [one for one in setting.api.asked if one.startswith("PUT") and "/runtime/" in one and "/servers/" in one]
    assert (len(puts), changes_of_the_file(setting)) == (1, 1)


async def test_whatever_is_done_takes_no_reload_and_leaves_the_process_alone(setting: Setting) -> None:
    before = await setting.gateway.identity()
    await setting.gateway.resync([setting.route(at) for at in range(5)])
    async with echo_pod("api-1") as other:
        await setting.gateway.apply(route_to(other.endpoint, setting.first))
    await setting.gateway.close(setting.first)
    await setting.gateway.resync([])
    assert await setting.gateway.identity() == before
    assert not {status for status in setting.api.answered if not 200 <= status < 300 or status == HTTPStatus.ACCEPTED}


@BY_FILE
async def test_a_file_that_somebody_else_changes_meanwhile_is_changed_after_them(setting: Setting) -> None:
    others = 3

    async def change(request: web.Request) -> None:
        nonlocal others
        if request.method == "PUT" and "/configuration/" in request.path and others:
            others -= 1
            setting.api.plane.file.version += 1

    setting.api.interfere = change
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"
    assert (others, changes_of_the_file(setting)) == (0, 4)


@BY_FILE
async def test_a_file_that_others_never_stop_changing_is_told_as_a_conflict(setting: Setting) -> None:
    async def change(request: web.Request) -> None:
        if request.method == "PUT":
            setting.api.plane.file.version += 1

    setting.api.interfere = change
    with pytest.raises(ApiRefused) as caught:
        await setting.gateway.apply(setting.route())
    assert caught.value.conflict


@BY_FILE
async def test_a_file_that_is_ahead_of_haproxy_is_changed_until_haproxy_follows(setting: Setting) -> None:
    endpoint, file = setting.pod.endpoint, setting.api.plane.file
    slot = f"slot_{setting.first}"
    wanted = (file.server(slot, "target") or {}) | {"address": str(endpoint.address), "port": endpoint.port}
    file.replace(slot, "target", wanted, file.version)
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"


@BY_FILE
async def test_what_stands_in_the_file_serves_nobody_when_haproxy_starts_with_it(setting: Setting) -> None:
    await setting.gateway.apply(setting.route())
    text = setting.haproxy.config.haproxy_cfg.read_text()
    assert f"server target {setting.pod.endpoint.address}:{setting.pod.endpoint.port} disabled" in text
    setting.haproxy.stop()
    setting.haproxy.start()
    assert await reached(setting.first) is None
    slot = (await setting.gateway.observe()).slots[setting.first]
    assert slot.shut
    await setting.gateway.close(setting.first)
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"
