"""How `POST /v1/events` is described; kept by hand, since the route itself is plain ASGI."""

from collections.abc import Mapping
from typing import Any

from percorso.chassis.openapi import SCHEMA as PROBLEM
from percorso.chassis.problems import (
    MEDIA_TYPE,
    Forbidden,
    InvalidRequest,
    MalformedBody,
    Overloaded,
    Problem,
    ServiceUnavailable,
    Unauthorized,
    responses,
)
from percorso.events import limits
from percorso.identity.door.binary import BINARY
from percorso.identity.door.reading import BATCH, LINES, SINGLE
from percorso.identity.door.refusals import (
    BodyTooLarge,
    ForeignSource,
    InvalidBatch,
    InvalidCitizen,
    InvalidEvent,
    InvalidTouchpoint,
    NothingAccepted,
    OverLimit,
    UnknownAgency,
    UnknownType,
    UnsupportedMedia,
)

PATH = "/v1/events"
_REFUSALS = (
    InvalidRequest,
    InvalidBatch,
    InvalidEvent,
    UnknownType,
    InvalidCitizen,
    InvalidTouchpoint,
    OverLimit,
    NothingAccepted,
)


def _text(description: str, longest: int, **more: object) -> dict[str, object]:
    described = {"type": "string", "description": description, "minLength": 1}
    return described | {"maxLength": longest} | more


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "Event": {
        "type": "object",
        "description": "A CloudEvent; extensions other than `sequence` are left behind",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": _text("With `source` the event's identity, for ever", limits.MAX_ATTRIBUTE),
            "source": _text("Begins with a prefix of the agency's", limits.MAX_ATTRIBUTE),
            "type": _text("One of GET /v1/types", limits.MAX_ATTRIBUTE),
            "time": _text("When it happened", 64, format="date-time"),
            "datacontenttype": _text("JSON, if it is given", 256),
            "sequence": {
                "description": "Orders events of the same instant",
                "type": "string",
                "pattern": "^[0-9]{1,18}$",
                "default": "0",
            },
            "data": _of("EventData"),
        },
    },
    "EventData": {
        "type": "object",
        "description": "Who, which never leaves the door, and what happened, which travels on",
        "required": ["citizen", "touchpoint"],
        "additionalProperties": False,
        "properties": {
            "citizen": _of("CitizenIdentifier"),
            "touchpoint": {
                "type": "object",
                "description": "As the schema of its type says: GET /v1/types/{type}",
                "required": ["channel"],
                "properties": {"channel": _text("A code of the national vocabulary", 16)},
            },
        },
    },
    "CitizenIdentifier": {
        "type": "object",
        "description": "By what the agency knows the person",
        "required": ["scheme", "value"],
        "additionalProperties": False,
        "properties": {
            "scheme": _text("Such as `cf`, `email` or `customer`", 32),
            "value": _text("The identifier in its scheme", 512),
        },
    },
    "Receipt": {
        "type": "object",
        "description": "How many events are accepted, and every one that is not",
        "required": ["accepted", "rejected"],
        "properties": {
            "accepted": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1000},
            "rejected": {"type": "array", "maxItems": 1000, "items": _of("Rejection")},
        },
    },
    "Rejection": {
        "type": "object",
        "description": "A refused event; those after the first hundred come without `problem`",
        "required": ["index", "id"],
        "properties": {
            "index": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 999},
            "id": {"type": ["string", "null"], "maxLength": limits.MAX_ATTRIBUTE},
            "problem": {
                "type": "object",
                "required": ["type", "title", "pointer", "detail"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where, as a JSON pointer"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "Refusal": {
        "description": "A problem; when events were read, it also says which were refused and why",
        "allOf": [
            PROBLEM,
            {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "Where, of a single event"},
                    "accepted": {"type": "integer", "format": "int32", "enum": [0]},
                    "rejected": {"type": "array", "maxItems": 1000, "items": _of("Rejection")},
                },
            },
        ],
    },
}
EXAMPLE: Mapping[str, Any] = {
    "specversion": "1.0",
    "id": "2026-000123",
    "source": "urn:it:c_a182:anagrafe",
    "type": "eu.percorso.application.received.v1",
    "time": "2026-05-04T10:00:00.120Z",
    "datacontenttype": "application/json",
    "data": {
        "citizen": {"scheme": "cf", "value": "RSSMRA85T10A562S"},
        "touchpoint": {
            "channel": "01.1.1",
            "service": "cambio-residenza",
            "matter": "AN/2026/123",
            "protocol": "2026/44871",
        },
    },
}


def describe(document: dict[str, Any]) -> None:
    """Add the route to an application's OpenAPI document; again changes nothing."""
    document["paths"][PATH] = {"post": _operation()}
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(_SCHEMAS)


def _operation() -> dict[str, Any]:
    return {
        "tags": ["events"],
        "operationId": "send_events",
        "summary": "Post events",
        "description": "A 202 follows the broker's acknowledgement. After a 429, a 503 or no "
        "answer, send the same events again: none is ever doubled.",
        "security": [{"bearer": []}],
        "parameters": [
            {
                "name": "validate",
                "in": "query",
                "description": "Answer the same, and store nothing",
                "schema": {"type": "boolean", "default": False},
            },
            *map(_attribute, ("specversion", "id", "source", "type", "time", "sequence")),
        ],
        "requestBody": {"required": True, "content": _bodies()},
        "responses": _answers(),
    }


def _attribute(name: str) -> dict[str, Any]:
    return {
        "name": f"Ce-{name.capitalize()}",
        "in": "header",
        "description": f"The event's `{name}`, of a body of {BINARY} only",
        "schema": {"type": "string", "maxLength": 768},
    }


def _bodies() -> dict[str, Any]:
    batch = {
        "type": "array",
        "description": "At most 4 MiB in all",
        "minItems": 1,
        "maxItems": limits.MAX_REQUEST_EVENTS,
        "items": _of("Event"),
    }
    return {
        SINGLE: {"schema": _of("Event"), "example": EXAMPLE},
        BATCH: {"schema": batch, "example": [EXAMPLE]},
        LINES: {"schema": {"type": "string", "description": "One event on each line"}},
        BINARY: {"schema": _of("EventData"), "example": EXAMPLE["data"]},
    }


def _answers() -> dict[str, Any]:
    accepted = {
        "description": "What was accepted is stored, or would be with `validate`",
        "content": {"application/json": {"schema": _of("Receipt")}},
    }
    problems = responses(
        MalformedBody,
        Unauthorized,
        BodyTooLarge,
        UnsupportedMedia,
        Overloaded,
        ServiceUnavailable,
    )
    by_status = {
        202: accepted,
        403: _refused(Forbidden, UnknownAgency, ForeignSource),
        422: _refused(*_REFUSALS),
        **problems,
    }
    return {str(status): answer for status, answer in sorted(by_status.items())}


def _refused(*kinds: type[Problem]) -> dict[str, Any]:
    return {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": _of("Refusal")}},
    }
