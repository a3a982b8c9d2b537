"""Where the doors for scripts are."""

from typing import Final

V1: Final = "/api/v1"
V2: Final = "/api/v2"
