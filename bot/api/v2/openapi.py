"""How REST v2 describes itself: its errors are problems, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from starlette.routing import compile_path

from bot.api.paths import V2
from bot.api.problems import MEDIA_TYPE, Problem

_REF: Final = "#/components/schemas/{model}"
_DETAILS: Final = {"$ref": _REF.format(model="Problem")}
_WHEN: Final[Mapping[int, str]] = {
    401: "No token, or one that is nobody's",
    403: "The token's scopes or the policy do not allow it",
    404: "There is no such mapping",
    409: "Not as things stand: another state, other terms, no free port",
    408: "The rest of it did not come in time",
    413: "It is longer than a request may be",
    422: "It cannot be read",
    503: "Something that Pod-Proxier depends on is away",
}

Responses: TypeAlias = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """Document answers that say why not."""
    return {status: _problem(_WHEN[status]) for status in statuses}


def _problem(when: str) -> dict[str, Any]:
    return {"description": when, "content": {MEDIA_TYPE: {"schema": _DETAILS}}}


def describe(api: FastAPI) -> None:
    """Have an application tell of problems where FastAPI would tell of errors of its own."""
    plain = api.openapi

    def described() -> dict[str, Any]:
        schema = plain()
        schemas = schema["components"]["schemas"]
        if "Problem" in schemas:
            return schema
        problem = Problem.model_json_schema(ref_template=_REF)
        schemas |= problem.pop("$defs") | {"Problem": problem}
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for parameter in _parameters(schema):
            parameter["schema"] = _without_null(parameter["schema"])
        return schema

    api.openapi = described  # type: ignore[method-assign] # as FastAPI's own documentation says


def methods_of(api: FastAPI, path: str) -> list[str]:
    """List the methods that a path takes, by the description.

    Args:
        api: as it was described.
        path: with the prefix that the application is mounted at.
    """
    below = path.removeprefix(V2)
    found = (operations for known, operations in api.openapi()["paths"].items() if compile_path(known)[0].match(below))
    return sorted(method.upper() for operations in found for method in operations)


def _parameters(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in schema["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What may be left out is left out; there is no way to write null in a query or a header."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    plain: dict[str, Any] = {key: value for key, value in schema.items() if key != "anyOf"} | kinds[0]
    return plain
