"""Which server to ask, and by which token: from the flags, else from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bot.client.errors import TOKENS, BadSetting

DEFAULT: Final = "http://127.0.0.1:3343"
_SERVER: Final = "POD_PROXIER_SERVER"
_TOKEN: Final = "POD_PROXIER_TOKEN"  # noqa: S105 - the name of a variable
_TOKEN_FILE: Final = "POD_PROXIER_TOKEN_FILE"  # noqa: S105 - as above
_EXAMPLE: Final = "for example --server https://pod-proxier.example.com"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the API is.

    Attributes:
        url: its base, without a slash at the end.
        token: who we are there; ``None`` where nobody gave one.
    """

    url: str
    token: str | None = field(default=None, repr=False)

    @property
    def loopback(self) -> bool:
        """Whether nothing leaves this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def remark(self) -> str:
        """What people should know of this way; "" where it is as it should be."""
        if self.loopback or not self.url.startswith("http:"):
            return ""
        what = "the token and all else" if self.token else "everything"
        return f"warning: {what} goes to {self.url} unencrypted, for anybody on the way to read; use https://"


def server_of(url: str | None, token_file: str | None, environ: Mapping[str, str]) -> Server:
    """Settle both; a flag counts more than the environment.

    Raises:
        BadSetting: one of them cannot be used; its text never holds a token.
    """
    return Server(_checked(url or environ.get(_SERVER, "").strip() or DEFAULT), _token(token_file, environ))


def _checked(url: str) -> str:
    parts = _split(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadSetting("the server's URL is an address and nothing more; a token never stands in it", TOKENS)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting(f"{url!r} is no URL of a server", _EXAMPLE)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v2')}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # is read now, and may be none
    except ValueError as exc:
        raise BadSetting(f"the server's URL cannot be read: {exc}", _EXAMPLE) from None
    return parts


def _token(flag: str | None, environ: Mapping[str, str]) -> str | None:
    value, file = environ.get(_TOKEN, "").strip(), environ.get(_TOKEN_FILE, "").strip()
    if flag:
        return _read("--token-file", Path(flag))
    if value and file:
        raise BadSetting(f"{_TOKEN} and {_TOKEN_FILE} are both given: which one counts?", "unset one of them")
    if file:
        return _read(_TOKEN_FILE, Path(file))
    return _one_word(value, _TOKEN) if value else None


def _read(origin: str, path: Path) -> str:
    try:
        text = path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, RuntimeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not text"
        raise BadSetting(f"{origin}: cannot read {path}: {why}", "it holds the token and nothing else") from None
    if not text:
        raise BadSetting(f"{origin}: {path} is empty", "it holds the token and nothing else")
    return _one_word(text, f"{origin}: {path}")


def _one_word(text: str, origin: str) -> str:
    """Have a token only where it can be one: it goes into a header as it is."""
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise BadSetting(f"{origin} holds something else than one token", "a token is one word, without blanks")
    return text
