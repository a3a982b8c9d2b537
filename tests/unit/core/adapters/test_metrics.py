import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from core.adapters.metrics import PrometheusMetrics
from core.domain.states import LIVE
from core.interfaces import Metrics

OPERATIONS = Path(__file__).parents[4] / "docs" / "operations.md"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return PrometheusMetrics(registry)


def test_every_figure_is_told_of_in_operations(registry: CollectorRegistry, metrics: Metrics) -> None:
    metrics.gateway_error("GatewayUnreachable")
    metrics.cluster_error("ClusterForbidden")
    kinds = {"counter": "_total"}
    there = {family.name + kinds.get(family.type, "") for family in registry.collect()}
    assert there == set(re.findall(r"^\| `(pod_proxier_\w+)", OPERATIONS.read_text(), re.MULTILINE))


def test_a_state_that_is_not_named_any_more_has_none(registry: CollectorRegistry, metrics: Metrics) -> None:
    metrics.mappings({"open": 3, "closing": 1})
    metrics.mappings({"open": 2})
    counted = {state: registry.get_sample_value("pod_proxier_mappings", {"state": state}) for state in LIVE}
    assert counted == {state: 2.0 if state == "open" else 0.0 for state in LIVE}


@pytest.mark.usefixtures("metrics")
def test_every_live_state_is_there_from_the_beginning(registry: CollectorRegistry) -> None:
    assert all(registry.get_sample_value("pod_proxier_mappings", {"state": state}) == 0 for state in LIVE)


def test_openings_and_cuts_are_timed(registry: CollectorRegistry, metrics: Metrics) -> None:
    metrics.opened(0.004)
    metrics.opened(7)
    metrics.cut(0.25)
    assert registry.get_sample_value("pod_proxier_activation_seconds_count") == 2
    assert registry.get_sample_value("pod_proxier_activation_seconds_bucket", {"le": "0.005"}) == 1
    assert registry.get_sample_value("pod_proxier_cut_seconds_bucket", {"le": "0.3"}) == 1


def test_the_age_of_the_oldest_notice_goes_up_and_down(registry: CollectorRegistry, metrics: Metrics) -> None:
    metrics.outbox_age(12.5)
    metrics.outbox_age(0)
    assert registry.get_sample_value("pod_proxier_outbox_oldest_seconds") == 0


def test_errors_are_counted_by_kind(registry: CollectorRegistry, metrics: Metrics) -> None:
    for kind in ("GatewayUnreachable", "GatewayUnreachable", "GatewayRefused"):
        metrics.gateway_error(kind)
    metrics.cluster_error("ClusterForbidden")
    assert registry.get_sample_value("pod_proxier_gateway_errors_total", {"kind": "GatewayUnreachable"}) == 2
    assert registry.get_sample_value("pod_proxier_cluster_errors_total", {"kind": "ClusterForbidden"}) == 1


def test_two_of_them_do_not_meet() -> None:
    one, other = CollectorRegistry(), CollectorRegistry()
    PrometheusMetrics(one).outbox_age(5)
    PrometheusMetrics(other)
    assert other.get_sample_value("pod_proxier_outbox_oldest_seconds") == 0
