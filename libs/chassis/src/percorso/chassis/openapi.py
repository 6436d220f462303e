"""How an application describes its problems, and which names it has declared."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

SCHEMA = {"$ref": "#/components/schemas/Problem"}
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})
_VALIDATION = {"HTTPValidationError", "ValidationError"}
# Status, the member of an operation that brings it, and the problem's title.
_COMMON = (
    ("400", "requestBody", "The body cannot be read"),
    ("401", "security", "A valid token is needed"),
    ("403", "security", "This caller may not do this"),
    ("503", "security", "A part that is needed is away; send it again later"),
)
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "An error as RFC 9457 shapes it; no member repeats what was sent",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "What kind of problem it is"},
        "title": {"type": "string", "description": "The same for every problem of a type"},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What was wrong this time"},
        "instance": {
            "type": "string",
            "format": "uri",
            "description": "The trace, to ask about it",
        },
        "errors": {
            "type": "array",
            "maxItems": 1000,
            "items": {
                "type": "object",
                "required": ["pointer", "title"],
                "properties": {"pointer": {"type": "string"}, "title": {"type": "string"}},
            },
        },
    },
}


class Declared:
    """The names an application declares; from now on it describes its 422 as a problem."""

    def __init__(self, app: FastAPI) -> None:
        self._plain = app.openapi
        self._names: frozenset[str] | None = None
        app.openapi = self.describe  # type: ignore[method-assign] # the way FastAPI documents

    def describe(self) -> dict[str, Any]:
        """Return the description, with every problem in one schema."""
        schema = self._plain()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM
        for name in _VALIDATION & schemas.keys():
            del schemas[name]
        for operation in _operations(schema):
            _replace_422(operation)
            _add_common(operation)
        return schema

    def is_known(self, name: str) -> bool:
        """Whether a name stands in the description, and so may stand in a pointer."""
        if self._names is None:
            self._names = _PLACES | frozenset(_names(self.describe()))
        return name in self._names


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in schema.get("paths", {}).values():
        yield from (operation for operation in path.values() if "responses" in operation)


def _replace_422(operation: dict[str, Any]) -> None:
    content = operation["responses"].get("422", {}).get("content", {})
    named = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if named.endswith("/HTTPValidationError"):
        operation["responses"]["422"] = _problem("The request is not valid")


def _add_common(operation: dict[str, Any]) -> None:
    """Describe what the chassis itself may answer, where the route has not."""
    answers = operation["responses"]
    for status, needs, text in _COMMON:
        if needs in operation:
            answers.setdefault(status, _problem(text))


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": SCHEMA}}}


def _names(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _names(item)
    elif isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from node["properties"]
        if isinstance(node.get("name"), str) and node.get("in") in _PLACES:
            yield node["name"]
        for value in node.values():
            yield from _names(value)
