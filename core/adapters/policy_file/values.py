"""The words of a policy file: how each is read, and what an editor is told of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Final, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from core.domain.errors import BadInput, BadSource
from core.domain.people import GroupId, UserId
from core.domain.sources import Network, Sources
from core.domain.target import MAX_PORT, parse_port
from core.domain.ticket import PLACE
from core.domain.ttl import parse_ttl

_USER: Final = "[UW][A-Z0-9]{6,}"
_GROUP: Final = "S[A-Z0-9]{6,}"
_CHANNEL: Final = "[CG][A-Z0-9]{6,}"
_GLOB: Final = r"[a-z0-9*?\[\]!-]{1,63}"
_TIME: Final = r"\s*(\d+\s*[A-Za-z]+\s*)+"
_BROADCASTS: Final = frozenset({"here", "channel"})
_FIND_USER: Final = "Slack shows it in a profile under More, Copy member ID"
_FIND_GROUP: Final = "Slack shows it on the group's page under More, Copy group ID"
_PROGRAM: Final = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_LABEL: Final = "[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}"
_LINK: Final = r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[^\s<>|\"{}]*\{ticket\}[^\s<>|\"{}]*"
_FIND_CHANNEL: Final = "Slack shows it at the end of the channel's details"


@dataclass(frozen=True, slots=True, eq=False)  # typing hashes what it annotates with
class Written:
    """A text that ``parse`` reads; ``schema`` describes it."""

    parse: Callable[[str], object]
    schema: Mapping[str, object] = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", **self.schema}

    def _read(self, given: object) -> object:
        if not isinstance(given, str):
            raise ValueError("one value belongs here")  # noqa: TRY004 - pydantic collects ValueErrors
        try:
            return self.parse(given.strip())
        except BadInput as exc:
            raise ValueError(str(exc)) from exc


def _id(kind: str, pattern: str, where: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not the id of a {kind}; {where}")
        return text

    return parse


def _token(text: str) -> str:
    if not re.fullmatch(_PROGRAM, text):
        raise ValueError(f"{text!r} is not the name of a token, as the file of --api-token-file has it")
    return text


def _label(text: str) -> str:
    if not re.fullmatch(_LABEL, text):
        raise ValueError(f"{text!r} is no name for a set: letters, numbers, spaces and ._- , 40 at most")
    return text


def _pattern(text: str) -> str:
    try:
        read = re.compile(text)
    except re.error as exc:
        raise ValueError(f"{text!r} is no regular expression: {exc}") from exc
    if read.match(""):
        raise ValueError(f"{text!r} matches nothing at all as well")
    if re.search(r"[+*}]\)[+*{]", text):
        raise ValueError(f"{text!r} repeats what repeats already, which can take for ever")
    return text


def _link(text: str) -> str:
    if not re.fullmatch(_LINK, text):
        raise ValueError(f"{text!r} is no https address with {PLACE} in it")
    return text


def _glob(text: str) -> str:
    if not re.fullmatch(_GLOB, text):
        raise ValueError(f"{text!r} is neither a namespace nor a pattern of some")
    return text


def _mention(text: str) -> str:
    word = text.lstrip("@!")
    if word not in _BROADCASTS and not re.fullmatch(f"{_USER}|{_GROUP}", word):
        raise ValueError(f"{text!r} is neither here, channel, nor the id of a user or a group; {_FIND_USER}")
    return word


def _network(text: str) -> Network:
    if "," in text:
        raise ValueError(f"{text!r} is more than one network; give each an item of its own")
    try:
        [network] = Sources.parse(text).networks
    except BadSource as exc:
        raise ValueError(f"{exc}; {_meant(text)}") from exc
    return network


def _meant(text: str) -> str:
    """Say how a network is written, or what this one is without the bits behind its prefix."""
    try:
        return f"did you mean {ip_network(text, strict=False)}?"
    except ValueError:
        return "write 10.1.2.3 or 10.1.0.0/16"


def _warning(text: str) -> timedelta:
    return timedelta() if text == "none" else parse_ttl(text)


def _port(text: str) -> str | tuple[int, int]:
    """Read a name, a number, or both ends of a range."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not (dash and first.isdigit()):
        port = parse_port(text, text, "payments/api-0")
        return port if isinstance(port, str) else (port, port)
    low, high = parse_port(first, text, ""), parse_port(last, text, "")
    if isinstance(low, str) or isinstance(high, str) or low > high:
        raise ValueError(f"{text!r} is not a range of ports")
    return low, high


User: TypeAlias = Annotated[UserId, Written(_id("user", _USER, _FIND_USER), {"pattern": f"^{_USER}$"})]
Group: TypeAlias = Annotated[GroupId, Written(_id("group", _GROUP, _FIND_GROUP), {"pattern": f"^{_GROUP}$"})]
TokenName: TypeAlias = Annotated[str, Written(_token, {"pattern": f"^{_PROGRAM}$"})]
Label: TypeAlias = Annotated[str, Written(_label, {"pattern": f"^{_LABEL}$"})]
Pattern: TypeAlias = Annotated[str, Written(_pattern, {"format": "regex"})]
Link: TypeAlias = Annotated[str, Written(_link, {"pattern": f"^{_LINK}$"})]
Channel: TypeAlias = Annotated[str, Written(_id("channel", _CHANNEL, _FIND_CHANNEL), {"pattern": f"^{_CHANNEL}$"})]
Mention: TypeAlias = Annotated[
    str, Written(_mention, {"pattern": f"^[@!]*({'|'.join(sorted(_BROADCASTS))}|{_USER}|{_GROUP})$"})
]
Glob: TypeAlias = Annotated[str, Written(_glob, {"pattern": f"^{_GLOB}$"})]
Cidr: TypeAlias = Annotated[Network, Written(_network)]
Duration: TypeAlias = Annotated[timedelta, Written(parse_ttl, {"pattern": f"^{_TIME}$"})]
WarningTime: TypeAlias = Annotated[timedelta, Written(_warning, {"pattern": f"^({_TIME}|none)$"})]
TargetPort: TypeAlias = Annotated[
    str | tuple[int, int], Written(_port, {"type": ["integer", "string"], "minimum": 1, "maximum": MAX_PORT})
]
