"""What every operation is handed: who calls, and what is behind the door. Nobody gets in without a token."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from bot.api.callers import Caller
from bot.api.tokens import Scope
from bot.api.v2.rest import Rest

BEARER: Final = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token of --api-token-file. Each operation says which scope it takes.",
)
_Shown: TypeAlias = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


async def _rest(request: Request) -> Rest:
    found = request.app.state.rest
    if not isinstance(found, Rest):
        raise TypeError("the application was built without what it serves")
    return found


TheRest: TypeAlias = Annotated[Rest, Depends(_rest)]


async def _known(request: Request, rest: TheRest, _: _Shown) -> Caller:
    return rest.callers.known(request.headers.get("authorization"))


Anybody: TypeAlias = Annotated[Caller, Depends(_known)]
"""Any token will do; what it is good for is looked at further in."""


def _with(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    async def let_in(caller: Anybody) -> Caller:
        caller.need(scope)
        return caller

    return let_in


Reader: TypeAlias = Annotated[Caller, Depends(_with(Scope.READ))]
Asker: TypeAlias = Annotated[Caller, Depends(_with(Scope.REQUEST))]
Operator: TypeAlias = Annotated[Caller, Depends(_with(Scope.OPERATE))]
Approver: TypeAlias = Annotated[Caller, Depends(_with(Scope.APPROVE))]
