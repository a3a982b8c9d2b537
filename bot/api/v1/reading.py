"""What V1 is asked: JSON, or a form in one of its two shapes, or a query."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from core.domain.errors import BadInput, BadTarget, BadTtl
from core.domain.target import Kind, Target, parse_port

USUAL: Final = timedelta(seconds=60)
_LONGEST: Final = 10**9
"""Seconds; what is longer is cut by the rule anyway."""
_LONGEST_HEAD: Final = 1 << 8
_LONGEST_PARTS: Final = 1 << 12
"""Bytes: what reads the heads of parts takes seconds for a few ten thousand, and everything else waits meanwhile."""
_WHOLE: Final = re.compile("[+-]?[0-9]+")
_EXAMPLE: Final = '{"pod_name": "default/api-0", "time": 600}'
_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to have opened.

    Attributes:
        own_port: a port of its own, in place of the entry port.
    """

    target: Target
    ttl: timedelta = USUAL
    own_port: bool = False


async def read_fields(request: Request) -> Mapping[str, Any]:
    """Read what was sent, the body over the query.

    Raises:
        BadInput: it is neither JSON nor a form.
    """
    body, kind = await request.body(), request.headers.get("content-type", "")
    return {**request.query_params, **_fields(body, kind)}


def read_pod(fields: Mapping[str, Any]) -> Target:
    """Find which pod is meant, and its port where one is named.

    Raises:
        BadTarget: none, or one that cannot be.
    """
    name = fields.get("pod_name")
    if not name:
        raise BadTarget("", "pod_name is missing", example=_EXAMPLE)
    if not isinstance(name, str):
        raise BadTarget(str(name), "pod_name is a text", example=_EXAMPLE)
    target = Target.parse(Kind.POD, name)
    port = fields.get("port")
    if _is_empty(port):
        return target
    if isinstance(port, bool) or not isinstance(port, int | str):
        raise BadTarget(str(port), "port is a number, or a name", example=f'{{"pod_name": "{name}", "port": 5005}}')
    return Target(Kind.POD, target.namespace, target.name, parse_port(str(port), str(port), str(target.pod)))


def read_wanted(fields: Mapping[str, Any]) -> Wanted:
    """Read the whole of what somebody wants.

    Raises:
        BadInput: a part of it cannot be read.
    """
    return Wanted(read_pod(fields), _time(fields.get("time")), _flag("own_port", fields.get("own_port")))


def _time(given: Any) -> timedelta:
    """Read seconds; of zero and of less nothing was ever meant."""
    if _is_empty(given):
        return USUAL
    text = str(given).strip()
    if isinstance(given, bool) or not _WHOLE.fullmatch(text):
        raise BadTtl(text, f"time is a number of seconds, and {text[:40]!r} is none", example="600")
    seconds = int(text[:20])
    if seconds <= 0:
        raise BadTtl(text, f"time is {text[:20]} s, and has to be more than none", example="600")
    return timedelta(seconds=min(seconds, _LONGEST))


def _is_empty(given: Any) -> bool:
    return given is None or given == ""


def _flag(name: str, given: Any) -> bool:
    text = str(given if given is not None else "").strip().lower()
    if text not in _YES | _NO:
        raise BadInput(text, f"{name} is true or false, and {text[:40]!r} is neither", example="true")
    return text in _YES


def _fields(body: bytes, kind: str) -> Mapping[str, Any]:
    """Read a body by what it looks like: ``curl -d '{...}'`` calls JSON a form."""
    if not body.strip():
        return {}
    if kind.lower().startswith("multipart/form-data"):
        return _multipart(body, kind)
    if body.lstrip()[:1] in b"{[" or "json" in kind.lower():
        return _json(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise BadInput("", "the body is no JSON", example=_EXAMPLE) from exc
    if not isinstance(found, dict):
        raise BadInput("", "the body is no JSON object", example=_EXAMPLE)
    return found


def _multipart(body: bytes, kind: str) -> Mapping[str, Any]:
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    if len(head) > _LONGEST_HEAD or len(body) > _LONGEST_PARTS:
        raise BadInput("", f"a form in parts has {_LONGEST_PARTS} bytes at most", example=_EXAMPLE)
    try:
        message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + body)
        parts = [(part.get_param("name", header="content-disposition"), part) for part in message.iter_parts()]
    except RecursionError as exc:
        raise BadInput("", "the parts of the form cannot be read", example=_EXAMPLE) from exc
    return {str(name): _text(part) for name, part in parts if name and not part.is_multipart()}


def _text(part: Message) -> str:
    """Read a part as UTF-8, whatever it calls itself."""
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""
