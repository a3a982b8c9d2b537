"""A stand-in for the Data Plane API, in front of a real HAProxy: both versions' documented shapes, as measured."""

from tests.dataplane_standin.printed import as_printed
from tests.dataplane_standin.server import PASSWORD, USER, Kind, StandIn

__all__ = ["PASSWORD", "USER", "Kind", "StandIn", "as_printed"]
