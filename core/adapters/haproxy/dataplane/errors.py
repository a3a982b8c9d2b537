"""Answers of the Data Plane API that are refusals, told apart by their status and never by their text."""

from http import HTTPStatus
from typing import Final

from core.domain.errors import GatewayRefused

_OUR_CREDENTIALS: Final = "look at --api-user, and at --api-password or --api-password-file"


class ApiRefused(GatewayRefused):
    """It answered with a status that says no.

    Attributes:
        status: the HTTP status.
        silent: it said nothing beside.
    """

    def __init__(self, what: str, status: int, answer: str) -> None:
        super().__init__(what, f"{status} {answer}".strip())
        self.status, self.silent = status, not answer

    @property
    def missing(self) -> bool:
        """It has no such thing."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def conflict(self) -> bool:
        """It is there already, or has changed since."""
        return self.status == HTTPStatus.CONFLICT


class ApiUnauthorized(ApiRefused):
    """It does not accept who we say we are."""

    def __init__(self, what: str, status: int, answer: str) -> None:
        super().__init__(what, status, answer)
        self.hint = _OUR_CREDENTIALS


class ApiReloads(GatewayRefused):
    """It did as it was told, and is going to reload HAProxy for it, which nothing of ours may ever cause."""

    def __init__(self, what: str, reload_id: str) -> None:
        super().__init__(what, f"it takes a reload of HAProxy ({reload_id or 'without a name'})")
        self.hint = "HAProxy has to run what pod-proxier haproxy-config --gateway dataplane prints"


class NotTheApi(GatewayRefused):
    """Whatever answers there, it is no Data Plane API."""

    def __init__(self, what: str, answer: str) -> None:
        super().__init__(what, answer)
        self.hint = "look at --api-addr: it is to lead to the Data Plane API and nothing else"
