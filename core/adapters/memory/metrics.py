from collections import Counter


class MemoryMetrics:
    """Remembers what it was told. Implements ``Metrics``.

    Attributes:
        states: live mappings by state, as told last.
        openings: seconds from the last approval to the open port, of each.
        cuts: seconds from the end to nobody connected, of each.
        oldest_notice: seconds that the oldest notice has waited, as told last.
        services: those that have a standing port, and those for which none is free, as told last.
        moves: standing ports that were led elsewhere.
        gateway_errors: failures of the gateway, by the error's class name.
        cluster_errors: failures of the cluster, by the error's class name.
    """

    def __init__(self) -> None:
        self.states: dict[str, int] = {}
        self.openings: list[float] = []
        self.cuts: list[float] = []
        self.oldest_notice = 0.0
        self.services = (0, 0)
        self.moves = 0
        self.gateway_errors: Counter[str] = Counter()
        self.cluster_errors: Counter[str] = Counter()

    def mappings(self, by_state: dict[str, int]) -> None:
        """Set how many live mappings are in each state."""
        self.states = dict(by_state)

    def opened(self, seconds: float) -> None:
        """Note the time from the last approval to the open port."""
        self.openings.append(seconds)

    def cut(self, seconds: float) -> None:
        """Note the time from the end as decided to nobody connected."""
        self.cuts.append(seconds)

    def standing(self, ports: int, without: int) -> None:
        """Set how many Services have a standing port, and for how many none is free."""
        self.services = (ports, without)

    def standing_moved(self) -> None:
        """Count a standing port that leads elsewhere from now on."""
        self.moves += 1

    def outbox_age(self, seconds: float) -> None:
        """Set the age of the oldest notice that waits."""
        self.oldest_notice = seconds

    def gateway_error(self, kind: str) -> None:
        """Count a failure of the gateway."""
        self.gateway_errors[kind] += 1

    def cluster_error(self, kind: str) -> None:
        """Count a failure of the cluster."""
        self.cluster_errors[kind] += 1
