"""Who may come in over REST: a secret's digest, a name for the audit, and what it is good for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from core.domain.people import UserId


class Scope(StrEnum):
    """What a token is good for; the policy decides as well."""

    READ = "read"
    """Look at mappings and Services."""
    REQUEST = "request"
    """Ask for mappings; extend and close one's own."""
    OPERATE = "operate"
    """Extend and close anybody's."""
    APPROVE = "approve"
    """Approve and deny, as the user whom the token belongs to."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        name: what the audit and the log call it.
        digest: SHA-256 of the secret.
        user: the member of the workspace who counts as the one who does it; ``None``: a program.
    """

    name: str
    digest: bytes = field(repr=False)
    scopes: frozenset[Scope]
    user: UserId | None = None


def digest_of(secret: bytes) -> bytes:
    """Return what is kept of a secret; it needs no salt, for it is no word that somebody thought of."""
    return sha256(secret).digest()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every token that is in force."""

    all: Sequence[Token] = ()

    def find(self, secret: str) -> Token | None:
        """Find whose secret it is; takes as long for one that is none.

        Args:
            secret: as it came in a header, which is Latin-1.
        """
        digest, found = digest_of(secret.encode("latin-1", "replace")), None
        for token in self.all:
            if compare_digest(token.digest, digest):
                found = token
        return found
