from core.adapters.memory.metrics import MemoryMetrics
from core.interfaces import Metrics


def test_it_remembers_what_it_was_told() -> None:
    metrics = MemoryMetrics()
    told: Metrics = metrics
    told.mappings({"open": 2})
    told.mappings({"open": 1})
    told.opened(0.1)
    told.opened(0.2)
    told.cut(0.3)
    told.outbox_age(4.0)
    told.gateway_error("GatewayUnreachable")
    told.cluster_error("ClusterForbidden")
    assert metrics.states == {"open": 1}
    assert metrics.openings == [0.1, 0.2]
    assert metrics.cuts == [0.3]
    assert metrics.oldest_notice == 4.0
    assert metrics.gateway_errors == {"GatewayUnreachable": 1}
    assert metrics.cluster_errors == {"ClusterForbidden": 1}
