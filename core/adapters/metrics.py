"""What the engine counts and times, for Prometheus; ``docs/operations.md`` tells when to look at which."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core.domain.states import LIVE

_ACTIVATION: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300)
"""Seconds; from a healthy gateway's milliseconds to the five minutes after which an opening is given up."""
_CUT: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 60)
"""Seconds; the goal is 0.3."""


class PrometheusMetrics:
    """Writes into a registry of one's own. Implements ``Metrics``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._mappings = Gauge("pod_proxier_mappings", "Live mappings by state", ["state"], registry=registry)
        self._activation = Histogram(
            "pod_proxier_activation_seconds", "Last approval to open port", registry=registry, buckets=_ACTIVATION
        )
        self._cut = Histogram(
            "pod_proxier_cut_seconds", "The end as decided to nobody connected", registry=registry, buckets=_CUT
        )
        self._oldest = Gauge(
            "pod_proxier_outbox_oldest_seconds", "Age of the oldest notice that waits", registry=registry
        )
        self._standing = Gauge("pod_proxier_standing_ports", "Services that have a standing port", registry=registry)
        self._without = Gauge(
            "pod_proxier_services_without_port", "Services for which no standing port is free", registry=registry
        )
        self._moves = Counter("pod_proxier_standing_moves", "Standing ports that were led elsewhere", registry=registry)
        self._gateway_errors = Counter(
            "pod_proxier_gateway_errors", "Failures of the gateway", ["kind"], registry=registry
        )
        self._cluster_errors = Counter(
            "pod_proxier_cluster_errors", "Failures of the Kubernetes API", ["kind"], registry=registry
        )
        self.mappings({})

    def mappings(self, by_state: dict[str, int]) -> None:
        """Set how many live mappings are in each state; a state that is not named has none."""
        for state in LIVE:
            self._mappings.labels(state.value).set(by_state.get(state.value, 0))

    def opened(self, seconds: float) -> None:
        """Time from the last approval to the open port."""
        self._activation.observe(seconds)

    def cut(self, seconds: float) -> None:
        """Time from the end as decided to nobody connected."""
        self._cut.observe(seconds)

    def standing(self, ports: int, without: int) -> None:
        """Set how many Services have a standing port, and for how many none is free."""
        self._standing.set(ports)
        self._without.set(without)

    def standing_moved(self) -> None:
        """Count a standing port that leads elsewhere from now on."""
        self._moves.inc()

    def outbox_age(self, seconds: float) -> None:
        """Set the age of the oldest notice that waits."""
        self._oldest.set(seconds)

    def gateway_error(self, kind: str) -> None:
        """Count a failure of the gateway, by the error's class name."""
        self._gateway_errors.labels(kind).inc()

    def cluster_error(self, kind: str) -> None:
        """Count a failure of the cluster, by the error's class name."""
        self._cluster_errors.labels(kind).inc()
