"""The real things that tests run against, started on loopback; `tests/conftest.py` makes fixtures of them."""

from tests.real_parts.kubernetes import ApiPrograms, KubeApi, running_kube_api
from tests.real_parts.ports import free_port, free_ports
from tests.real_parts.postgres import PostgresServer, running_postgres
from tests.real_parts.processes import StartFailed, running
from tests.real_parts.tools import find_tools, haproxy_of_the_wheel

__all__ = [
    "ApiPrograms",
    "KubeApi",
    "PostgresServer",
    "StartFailed",
    "find_tools",
    "free_port",
    "free_ports",
    "haproxy_of_the_wheel",
    "running",
    "running_kube_api",
    "running_postgres",
]
