"""The previous service's API: ``POST`` and ``GET /api/v1/mapping``, with its envelope and its codes."""

from bot.api.v1.app import Previous, make_v1
from bot.api.v1.guard import Guard

__all__ = ["Guard", "Previous", "make_v1"]
