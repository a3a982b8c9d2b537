import json
from collections.abc import Mapping
from typing import Any

from bot.workspace.errors import ApiError
from bot.workspace.wire import JsonObject


class Arguments:
    """The arguments of a call, whether they came in the query, in a form or in JSON."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: JsonObject = dict(values)

    def text(self, name: str) -> str | None:
        """A string, or None where it is absent or empty."""
        value = self.values.get(name)
        return None if value is None or value == "" else str(value)

    def required(self, name: str) -> str:
        """A string that must be there.

        Raises:
            ApiError: it is not.
        """
        value = self.text(name)
        if value is None:
            raise ApiError("invalid_arguments", f"[ERROR] missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean in any of the ways the clients write it."""
        value = self.values.get(name)
        return default if value is None else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        """A whole number.

        Raises:
            ApiError: it is none.
        """
        value = self.text(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise ApiError("invalid_arguments", f"[ERROR] must be an integer [json-pointer:/{name}]")
        return int(value)

    def words(self, name: str) -> list[str]:
        """The parts of a comma-separated list."""
        return [word for word in (self.text(name) or "").split(",") if word]

    def object(self, name: str) -> JsonObject:
        """An object, which a form carries as a string of JSON.

        Raises:
            ApiError: it is missing or no object.
        """
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as exc:
                raise ApiError("invalid_arguments", f"[ERROR] invalid JSON [json-pointer:/{name}]") from exc
        if not isinstance(value, dict):
            raise ApiError("invalid_arguments", f"[ERROR] must provide an object [json-pointer:/{name}]")
        return value
