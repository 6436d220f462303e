"""How an application describes itself, its problems in one shape, and which names it has declared.

What the national rules for APIs ask of every service is added here; `make oas` runs them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

SCHEMA = {"$ref": "#/components/schemas/Problem"}
MAINTAINERS = "Percorso maintainers"
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
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before the same is asked again",
        "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 60},
    }
}
_MAX_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Publication:
    """What a deployment says of itself in the description of each service; None is not said."""

    url: str | None = None
    contact: str | None = None
    terms: str | None = None


UNPUBLISHED = Publication()


def operation_id(route: APIRoute) -> str:
    """Name an operation by its function, whatever path and method it has."""
    return route.name


def publish(app: FastAPI, service: str, version: str, publication: Publication) -> None:
    """Complete the application's description; once, when all its routes are there."""
    app.version = version
    app.contact = {"url": publication.contact} if publication.contact else {"name": MAINTAINERS}
    app.terms_of_service = publication.terms
    app.servers = [_server(publication.url)]
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        document["info"] |= {"x-api-id": f"urn:percorso:{service}", "x-summary": app.summary}
        document["tags"] = [{"name": tag} for tag in sorted(_tags(document))]
        for operation in _operations(document):
            _add_retry_after(operation)
        _add_formats(document)
        return document

    app.openapi = described  # type: ignore[method-assign] # the way FastAPI documents


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


def _server(url: str | None) -> dict[str, Any]:
    """Describe where the service is; one that was not told of a public address is not for the public."""
    if url is None:
        return {"url": "/", "description": "Where this description was read", "x-sandbox": True}
    return {"url": url.rstrip("/"), "description": "The public address"}


def _tags(document: dict[str, Any]) -> set[str]:
    return {tag for operation in _operations(document) for tag in operation.get("tags", ())}


def _add_retry_after(operation: dict[str, Any]) -> None:
    """Every problem with one of these statuses says when to come back."""
    for status in ("429", "503"):
        if status in operation["responses"]:
            operation["responses"][status]["headers"] = _RETRY_AFTER


def _add_formats(node: object) -> None:
    """Say of every number in which type of a program it fits, as its limits tell."""
    if isinstance(node, dict):
        if node.get("type") == "number":
            node.setdefault("format", "double")
        elif node.get("type") == "integer":
            is_small = node.get("maximum", _MAX_INT32 + 1) <= _MAX_INT32 and "minimum" in node
            node.setdefault("format", "int32" if is_small else "int64")
    parts: Iterable[object] = node.values() if isinstance(node, dict) else ()
    for part in node if isinstance(node, list) else parts:
        _add_formats(part)


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
