import json
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest

from core.adapters.kubernetes.reading_services import READING, SeenService
from core.domain.service import ServiceRef, ServiceUid

DEBUG = {"name": "debug", "port": 5005, "protocol": "TCP", "targetPort": "jdwp"}


def seen(*ports: dict[str, Any], **spec: Any) -> SeenService:
    body = {
        "metadata": {"name": "api", "namespace": "payments", "uid": "uid-1", "labels": {"app": "api"}},
        "spec": {"clusterIP": "10.96.0.7", "ports": list(ports), "type": "ClusterIP", **spec},
        "status": {"loadBalancer": {}},
    }
    return READING.one(json.dumps(body).encode())


def test_a_service_is_read_with_the_fields_that_a_decision_looks_at() -> None:
    found = seen(DEBUG, {"name": "http", "port": 80}, clusterIPs=["10.96.0.7"])
    assert found == SeenService(
        ref=ServiceRef("payments", "api"),
        uid=ServiceUid("uid-1"),
        address=ip_address("10.96.0.7"),
        headless=False,
        ports=(("debug", 5005), ("http", 80)),
    )
    assert found.port("debug") == 5005
    assert found.port("jdwp") is None


@pytest.mark.parametrize("protocol", ["UDP", "SCTP"])
def test_only_tcp_ports_count(protocol: str) -> None:
    assert seen({**DEBUG, "protocol": protocol}).port("debug") is None


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_that_is_also_open_elsewhere_has_its_cluster_ip_all_the_same(kind: str) -> None:
    assert seen(DEBUG, type=kind).address == ip_address("10.96.0.7")


@pytest.mark.parametrize("addresses", [["fd00::7", "10.96.0.7"], ["10.96.0.7", "fd00::7"]])
def test_of_two_cluster_ips_the_one_of_version_4_counts(addresses: list[str]) -> None:
    assert seen(DEBUG, clusterIP=addresses[0], clusterIPs=addresses).address == ip_address("10.96.0.7")


def test_a_cluster_ip_of_version_6_is_an_address_like_others() -> None:
    found = seen(DEBUG, clusterIP="fd00::7", clusterIPs=["fd00::7"])
    assert (found.address, found.headless) == (ip_address("fd00::7"), False)


def test_a_headless_service_has_no_address() -> None:
    found = seen(DEBUG, clusterIP="None", clusterIPs=["None"])
    assert (found.address, found.headless, found.port("debug")) == (None, True, 5005)


def test_a_name_for_a_host_elsewhere_has_no_ports_here() -> None:
    found = seen(DEBUG, type="ExternalName", externalName="db.example.com", clusterIP="")
    assert (found.address, found.headless, found.ports) == (None, False, ())


def test_a_service_without_ports_has_none() -> None:
    assert seen(ports=None).ports == ()


def test_what_kubernetes_does_not_send_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        READING.one(b'{"metadata": {}}')
