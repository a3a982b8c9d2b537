"""The shapes that cross the wire."""

from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""One JSON object as Slack sends or takes it; its fields are checked where they are read."""
