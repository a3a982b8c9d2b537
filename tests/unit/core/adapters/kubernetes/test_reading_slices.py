import json
from ipaddress import ip_address
from typing import Any

import pytest

from core.adapters.kubernetes.reading_slices import READING, SERVICE_LABEL, Backend, SeenSlice
from core.domain.target import PodUid

POD = {"kind": "Pod", "namespace": "payments", "name": "db-0", "uid": "uid-9"}


def endpoint(address: str = "10.0.0.7", **fields: Any) -> dict[str, Any]:
    return {"addresses": [address], "conditions": {"ready": True}, **fields}


def seen(*endpoints: dict[str, Any], ports: Any = None, labels: Any = None) -> SeenSlice:
    body = {
        "addressType": "IPv4",
        "metadata": {
            "name": "db-abcde",
            "namespace": "payments",
            "uid": "uid-2",
            "labels": {SERVICE_LABEL: "db", "other": "x"} if labels is None else labels,
        },
        "endpoints": list(endpoints) or None,
        "ports": [{"name": "debug", "port": 5432, "protocol": "TCP"}] if ports is None else ports,
    }
    return READING.one(json.dumps(body).encode())


def test_a_slice_is_read_with_its_service_its_ports_and_who_is_ready() -> None:
    found = seen(endpoint(targetRef=POD), endpoint("10.0.0.8", conditions={"ready": False}))
    backend = Backend(ip_address("10.0.0.7"), "db-0", PodUid("uid-9"))
    assert found == SeenSlice("db-abcde", "db", (("debug", 5432),), (backend,))


@pytest.mark.parametrize("conditions", [{}, {"ready": None}])
def test_an_endpoint_that_does_not_say_is_ready(conditions: dict[str, Any]) -> None:
    assert len(seen(endpoint(conditions=conditions)).backends) == 1


def test_an_endpoint_that_is_no_pod_has_an_address_alone() -> None:
    node = {"kind": "Node", "name": "node-1", "uid": "uid-3"}
    assert set(seen(endpoint(), endpoint(targetRef=node)).backends) == {Backend(ip_address("10.0.0.7"))}


def test_hosts_by_name_are_left_out() -> None:
    assert seen(endpoint("db.example.com")).backends == ()


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ({"name": "debug", "port": 5432}, 5432),
        ({"name": "debug", "port": 5432, "protocol": None}, 5432),
        ({"name": "debug", "port": 5432, "protocol": "UDP"}, None),
        ({"name": "debug"}, None),
        ({"port": 5432}, None),
    ],
)
def test_only_a_tcp_port_with_a_number_and_the_name_counts(port: dict[str, Any], expected: int | None) -> None:
    assert seen(endpoint(), ports=[port]).port("debug") == expected


def test_a_slice_without_endpoints_ports_or_labels_is_read_all_the_same() -> None:
    assert seen(ports=[], labels={}) == SeenSlice("db-abcde", "", (), ())
