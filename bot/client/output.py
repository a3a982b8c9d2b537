"""``--output``: columns for people, JSON or YAML as the API gave it for programs."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
import yaml

from bot.client.models import Told
from bot.client.sentences import standing
from bot.client.tables import sheet, table


class Output(StrEnum):
    """In which form."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def one(told: Told, output: Output, now: datetime) -> str:
    """Write everything about one mapping."""
    return sheet(told.view, now) if output is Output.TABLE else written(told, output)


def many(told: Sequence[Told], output: Output, now: datetime) -> str:
    """Write a list, newest first; for programs as the API does: ``{"items": [...], "next": null}``."""
    if output is Output.TABLE:
        return table([each.view for each in told], now)
    items = b",".join(each.raw for each in told)
    return _structured(b'{"items":[' + items + b'],"next":null}', output)


def result(told: Told, output: Output, now: datetime) -> str:
    """Write how one stands after what was done: a sentence for people."""
    return standing(told.view, now) if output is Output.TABLE else written(told, output)


def written(told: Told, output: Output) -> str:
    """Write one mapping for a program."""
    return _structured(told.raw, output)


def _structured(raw: bytes, output: Output) -> str:
    if output is Output.JSON:
        return msgspec.json.format(raw, indent=2).decode()
    text: str = yaml.safe_dump(msgspec.json.decode(raw), sort_keys=False, allow_unicode=True)
    return text.rstrip()
