"""What was told to metrics, read back the same way from every kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from core.adapters.memory.metrics import MemoryMetrics
from core.adapters.metrics import PrometheusMetrics
from core.domain.states import LIVE
from core.interfaces import Metrics


@dataclass(frozen=True)
class Reading:
    """Figures as they stand.

    Attributes:
        openings, cuts: how many were timed, and their seconds in all.
        services: those that have a standing port, and those for which none is free.
    """

    states: Mapping[str, int]
    openings: tuple[int, float]
    cuts: tuple[int, float]
    oldest_notice: float
    errors: tuple[int, int]
    services: tuple[int, int]
    moves: int


@dataclass(frozen=True)
class Readable:
    metrics: Metrics
    read: Callable[[], Reading]


def of_memory() -> Readable:
    told = MemoryMetrics()

    def read() -> Reading:
        states = {state.value: told.states.get(state.value, 0) for state in LIVE}
        openings, cuts = (len(told.openings), sum(told.openings)), (len(told.cuts), sum(told.cuts))
        errors = sum(told.gateway_errors.values()), sum(told.cluster_errors.values())
        return Reading(states, openings, cuts, told.oldest_notice, errors, told.services, told.moves)

    return Readable(told, read)


def of_prometheus() -> Readable:
    registry = CollectorRegistry()
    told = PrometheusMetrics(registry)

    def value(name: str, **labels: str) -> float:
        return registry.get_sample_value(name, labels) or 0.0

    def timed(name: str) -> tuple[int, float]:
        return int(value(f"pod_proxier_{name}_seconds_count")), value(f"pod_proxier_{name}_seconds_sum")

    def errors(what: str) -> int:
        samples = (sample for metric in registry.collect() for sample in metric.samples)
        return int(sum(sample.value for sample in samples if sample.name == f"pod_proxier_{what}_errors_total"))

    def read() -> Reading:
        states = {state.value: int(value("pod_proxier_mappings", state=state.value)) for state in LIVE}
        oldest = value("pod_proxier_outbox_oldest_seconds")
        failures = (errors("gateway"), errors("cluster"))
        services = int(value("pod_proxier_standing_ports")), int(value("pod_proxier_services_without_port"))
        moves = int(value("pod_proxier_standing_moves_total"))
        return Reading(states, timed("activation"), timed("cut"), oldest, failures, services, moves)

    return Readable(told, read)
