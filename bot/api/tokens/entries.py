"""The file's shape: what may stand where. No error here repeats what was given for a secret."""

import re
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Any, Final, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from bot.api.tokens.token import Scope, Token, digest_of
from core.domain.people import UserId
from core.strict_model import Misfit, Strict

SHORTEST: Final = 20
LONGEST: Final = 512
MAKE_ONE: Final = "openssl rand -hex 32 makes one"
RESERVED: Final = frozenset({"loopback"})
"""The name of those who come from this machine without a token."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
_IN_A_HEADER: Final = re.compile(r"[!-~]+")
_USER: Final = re.compile(r"[UW][A-Z0-9]{6,}")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has letters, digits, dots, dashes and underscores, 63 at most")
    if text.lower() in RESERVED or _is_address(text):
        raise ValueError(f"{text!r} is what those are called who come without a token; choose another name")
    return text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _secret(text: str) -> str:
    if len(text) < SHORTEST:
        raise ValueError(f"it is short enough to be guessed: {SHORTEST} characters at least; {MAKE_ONE}")
    if len(text) > LONGEST or not _IN_A_HEADER.fullmatch(text):
        raise ValueError(f"it does not fit into a header: no spaces, ASCII alone, {LONGEST} characters at most")
    return text


def _digest(text: str) -> bytes:
    if not _DIGEST.fullmatch(text):
        raise ValueError("it is not a SHA-256 in hexadecimal, 64 digits; printf %s TOKEN | sha256sum makes one")
    return bytes.fromhex(text)


def _scope(text: object) -> Scope:
    known = [str(scope) for scope in Scope]
    if text not in known:
        near = get_close_matches(str(text).lower(), known, n=1)
        raise ValueError(f"it is none of {', '.join(known)}" + (f"; did you mean {near[0]}?" if near else ""))
    return Scope(str(text))


def _user(text: str) -> UserId:
    if not _USER.fullmatch(text):
        raise ValueError(f"{text!r} is not the id of a user; Slack shows it in a profile under More, Copy member ID")
    return UserId(text)


_Text: TypeAlias = Annotated[str, Field(strict=True)]


class TokenEntry(Strict):
    """One token of the file."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: Annotated[_Text, AfterValidator(_name)] = Field(examples=["ci"])
    token: Annotated[_Text, AfterValidator(_secret)] | None = Field(default=None, repr=False)
    sha256: Annotated[_Text, AfterValidator(_digest)] | None = Field(default=None, repr=False)
    scopes: Annotated[list[Annotated[Scope, BeforeValidator(_scope)]], Field(min_length=1)] = Field(
        examples=[["read", "request"]]
    )
    user: Annotated[_Text, AfterValidator(_user)] | None = Field(default=None, examples=["U024BE7LH"])

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.token is None) == (self.sha256 is None):
            given = "both are there" if self.token else "neither is there"
            raise Misfit("token" if self.token else "name", f"one of token and sha256 is needed, and {given}")
        if Scope.APPROVE in self.scopes and self.user is None:
            raise Misfit("scopes", "approve is for people: it needs user, the one who approves")
        return self

    def made(self) -> Token:
        """Return it as the program has it."""
        digest: Any = digest_of(self.token.encode()) if self.token else self.sha256
        return Token(self.name, digest, frozenset(self.scopes), UserId(self.user) if self.user else None)
