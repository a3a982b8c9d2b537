import json
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest

from core.adapters.kubernetes import decoding
from core.adapters.kubernetes.decoding import EventType
from core.adapters.kubernetes.reading_pods import READING as PODS
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import PodRef, PodUid


def raw_pod(*, spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, **metadata: Any) -> bytes:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "api-0",
                "namespace": "payments",
                "uid": "uid-1",
                "resourceVersion": "41",
                "managedFields": [{"manager": "kubelet"}],
                **metadata,
            },
            "spec": {"containers": [{"name": "main"}], **(spec or {})},
            "status": {"phase": "Running", "podIP": "10.0.0.7", **(status or {})},
        }
    ).encode()


def container(*ports: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "main", "ports": list(ports), **fields}


def test_a_pod_is_read_with_the_fields_that_a_decision_looks_at() -> None:
    ports = container({"containerPort": 5005, "name": "debug", "protocol": "TCP"}, {"containerPort": 8080})
    body = raw_pod(
        spec={"containers": [ports], "hostNetwork": True},
        status={"conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "True"}]},
    )
    assert PODS.one(body) == Pod(
        ref=PodRef("payments", "api-0"),
        uid=PodUid("uid-1"),
        phase=Phase.RUNNING,
        address=ip_address("10.0.0.7"),
        ready=True,
        deleting=False,
        host_network=True,
        ports=(ContainerPort(5005, "debug"), ContainerPort(8080)),
    )


def test_only_tcp_ports_of_containers_and_sidecars_are_declared_ports() -> None:
    spec = {
        "containers": [container({"containerPort": 53, "protocol": "UDP"}, {"containerPort": 80, "name": "http"})],
        "initContainers": [
            container({"containerPort": 15000, "name": "admin"}, restartPolicy="Always"),
            container({"containerPort": 9999, "name": "once"}),
        ],
    }
    assert PODS.one(raw_pod(spec=spec)).ports == (ContainerPort(80, "http"), ContainerPort(15000, "admin"))


def test_a_port_that_two_containers_declare_alike_is_there_once() -> None:
    spec = {"containers": [container({"containerPort": 80}), container({"containerPort": 80})]}
    assert PODS.one(raw_pod(spec=spec)).ports == (ContainerPort(80),)


@pytest.mark.parametrize(("phase", "expected"), [("Succeeded", Phase.SUCCEEDED), ("Evaporated", Phase.UNKNOWN)])
def test_a_phase_that_nobody_knows_is_unknown(phase: str, expected: Phase) -> None:
    assert PODS.one(raw_pod(status={"phase": phase})).phase is expected


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_a_pod_is_ready_only_where_its_condition_says_so(status: str) -> None:
    assert not PODS.one(raw_pod(status={"conditions": [{"type": "Ready", "status": status}]})).ready


def test_a_pod_without_an_address_has_none() -> None:
    assert PODS.one(raw_pod(status={"phase": "Pending", "podIP": ""})).address is None


def test_a_pod_with_a_deletion_timestamp_is_being_deleted() -> None:
    assert PODS.one(raw_pod(deletionTimestamp="2030-01-01T00:00:00Z")).deleting


def test_a_list_is_read_with_where_it_goes_on() -> None:
    items = [json.loads(raw_pod(name=name)) for name in ("a", "b")]
    body = json.dumps({"kind": "PodList", "metadata": {"resourceVersion": "77", "continue": "x=="}, "items": items})
    page = PODS.page(body.encode())
    assert ([pod.ref.name for pod in page.items], page.continues, page.version) == (["a", "b"], "x==", "77")


def test_an_empty_list_may_be_null() -> None:
    assert PODS.page(b'{"metadata": {"resourceVersion": "1"}, "items": null}').items == ()


def test_an_event_is_read_with_the_version_to_go_on_from() -> None:
    event = PODS.event(b'{"type": "MODIFIED", "object": ' + raw_pod() + b"}")
    assert (event.type, event.version, event.item) == (EventType.MODIFIED, "41", PODS.one(raw_pod()))


def test_a_bookmark_has_a_version_and_no_pod() -> None:
    line = b'{"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": "99"}, "spec": {}}}'
    event = PODS.event(line)
    assert (event.type, event.version, event.item) == (EventType.BOOKMARK, "99", None)


def test_an_error_has_the_code_of_its_status() -> None:
    event = PODS.event(b'{"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}')
    assert (event.type, event.code) == (EventType.ERROR, 410)


@pytest.mark.parametrize("line", [b"<html>", b"{}", b'{"type": "NEWS", "object": {}}', b"\xff\xfe", b'"text"'])
def test_what_kubernetes_does_not_send_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        PODS.event(line)


def test_a_review_that_says_nothing_allows_nothing() -> None:
    assert decoding.allowed(b'{"status": {"allowed": true}}')
    assert not decoding.allowed(b'{"status": {}}')
    assert not decoding.allowed(b"{}")
