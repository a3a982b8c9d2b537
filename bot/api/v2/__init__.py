"""REST v2: mappings for scripts, by a token; every error is problem details."""

from bot.api.v2.app import make_v2
from bot.api.v2.rest import Rest

__all__ = ["Rest", "make_v2"]
