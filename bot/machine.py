"""What runs by itself: the engine with its duties, the Services' standing ports among them."""

import os
import socket
from collections.abc import Sequence
from secrets import token_hex

from bot.bootstrap import Parts, timers_of
from bot.settings import Settings
from core.domain.standing import Grounds
from core.services.engine import Duty, Engine
from core.services.leadership import Leadership
from core.services.reconciler import Reconciler
from core.services.service_ports import ServicePorts
from core.services.standing import Standing
from core.services.standing_rows import StandingRows
from core.services.standstill import Standstill
from core.services.transactions import Transactions
from core.services.upkeep import Upkeep
from core.services.watching import Watching


class Machine:
    """The engine of one process.

    Args:
        duties: beside its own.

    Attributes:
        scheduler: is to be entered.
        standing: ``None`` where Services have no ports.
        service_ports: same.
    """

    def __init__(
        self, settings: Settings, parts: Parts, transactions: Transactions, duties: Sequence[Duty] = ()
    ) -> None:
        self.standing: Standing | None = None
        self.service_ports: ServicePorts | None = None
        if settings.enable_v2:
            self._give_services_ports(settings, parts)
        timers, self.scheduler = timers_of(parts.metrics)
        upkeep = Upkeep(settings.audit_keep_addresses, settings.audit_keep)
        self.engine = Engine(
            transactions,
            Leadership(parts.database.lease, f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"),
            parts.database.changes,
            (
                Reconciler(parts.gateway, parts.policy, parts.metrics, self.service_ports),
                timers,
                Watching(parts.cluster),
            ),
            duties=[
                *duties,
                upkeep.run,
                Standstill(self.service_ports).run,
                *([self.standing.run] if self.standing else []),
            ],
        )

    def _give_services_ports(self, settings: Settings, parts: Parts) -> None:
        rows = StandingRows()
        grounds = Grounds(settings.service_ports, frozenset(settings.allowed_namespaces), settings.v2_sources)
        self.standing = Standing(
            parts.cluster,
            rows,
            grounds,
            parts.metrics,
            port_name=settings.port_name,
            batch=settings.max_batch_size,
        )
        self.service_ports = ServicePorts(parts.gateway, rows, grounds, settings.max_batch_size)
