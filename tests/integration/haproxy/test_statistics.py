"""HAProxy's page of statistics: to be read, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.contract.gateway.haproxies import full_config, running_haproxy, short_folder, write_files
from tests.real_parts import free_port


@contextmanager
def page(binary: Path, *, hide_backend: bool = True) -> Iterator[httpx.Client]:
    with short_folder() as folder:
        config = replace(full_config(folder), stats_port=free_port(), hide_backend=hide_backend)
        write_files(config)
        with (
            running_haproxy(binary, config),
            httpx.Client(base_url=f"http://127.0.0.1:{config.stats_port}", trust_env=False) as client,
        ):
            yield client


def shown(client: httpx.Client) -> set[str]:
    """Which sections, and what of each."""
    rows = client.get("/stats;csv").text.removeprefix("# ").splitlines()[1:]
    return {",".join(row.split(",")[:2]) for row in rows}


@pytest.mark.parametrize("which", ["haproxy_wheel", "haproxy_debian"])
def test_it_shows_the_frontends_alone_unless_it_is_told_to_show_more(
    request: pytest.FixtureRequest, which: str
) -> None:
    binary = request.getfixturevalue(which)
    with page(binary) as client:
        assert shown(client) == {"mappings,FRONTEND", "probes,FRONTEND", "stats,FRONTEND"}
    with page(binary, hide_backend=False) as client:
        assert {"mappings,FRONTEND", "entry_default,api", "entry_default,BACKEND"} < shown(client)


def test_it_does_not_tell_which_haproxy_it_is_and_takes_no_orders(haproxy_wheel: Path) -> None:
    with page(haproxy_wheel, hide_backend=False) as client:
        read = client.get("/stats")
        assert (read.status_code, "mappings" in read.text) == (200, True)
        assert "HAProxy version" not in read.text
        assert 'name="action"' not in read.text
        assert client.post("/stats", data={"action": "maint", "s": "api", "b": "entry_default"}).status_code == 405
        assert client.get("/").status_code == 404
