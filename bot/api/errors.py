"""What is wrong with who calls, or how, before anybody looks at what they want."""

from bot.api.tokens import Scope
from core.domain.errors import OutsideError, PodProxierError


class Unknown(PodProxierError):
    """Nobody knows who calls."""


class TokenMissing(Unknown):
    """There is no bearer token."""

    def __init__(self) -> None:
        super().__init__("a bearer token is needed here")
        self.hint = "Authorization: Bearer TOKEN"


class TokenUnknown(Unknown):
    """There is one, and it is nobody's."""

    def __init__(self) -> None:
        super().__init__("this bearer token is nobody's; it may have been replaced")
        self.hint = "whoever runs Pod-Proxier has the list of them: --api-token-file"


class ScopeMissing(PodProxierError):
    """The token is good for other things."""

    def __init__(self, scope: Scope, what: str = "this") -> None:
        super().__init__(f"{what} takes the scope {scope}, and this token lacks it")
        self.scope = scope
        self.hint = f"a token with scopes: [{scope}]"


class WorkspaceUnknown(OutsideError):
    """The token belongs to a Slack user, and Slack has not said yet which workspace is ours."""

    def __init__(self) -> None:
        super().__init__("Slack has not said yet who is who, and this token acts as a Slack user")
        self.hint = "try again in a moment, or use a token that has no user"


class TooLarge(PodProxierError):
    """A body without end."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a request has {most} bytes at most")


class TooSlow(PodProxierError):
    """A body that does not come."""

    def __init__(self) -> None:
        super().__init__("the rest of the request did not come in time")


class Defect(PodProxierError):
    """A mistake of ours; the log has more under the reference."""

    def __init__(self, reference: str) -> None:
        super().__init__("something went wrong in Pod-Proxier itself, and it is not known what was done")
        self.hint = f"whoever runs it finds more in the log under {reference}"
