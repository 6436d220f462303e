"""docs/reference/asyncapi.json: what stands on Kafka, from the topics, the catalogue and the facts."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from percorso.chassis.openapi import MAINTAINERS
from percorso.citizens.accesses.shares import SHARED, UNSHARED, ShareState
from percorso.citizens.consents.facts import GIVEN, WITHDRAWN, ConsentState
from percorso.citizens.facts import LINKED, UNLINKED, LinkState
from percorso.events.catalogue import CATALOGUE
from percorso.events.limits import MAX_ATTRIBUTE, MAX_SEQUENCE_DIGITS
from percorso.events.topics import IDENTITY, TOPICS, KeyRule, Topic
from percorso.events.types.members import Touchpoint

Json = dict[str, Any]

# What identity says of itself: each type's payload is the fact's full state.
FACTS = {
    LINKED: LinkState,
    UNLINKED: LinkState,
    GIVEN: ConsentState,
    WITHDRAWN: ConsentState,
    SHARED: ShareState,
    UNSHARED: ShareState,
}
SCHEMAS = "#/components/schemas/"
DESCRIPTION = (
    "What Percorso's services tell each other: CloudEvents 1.0 in binary mode, attributes as `ce_` "
    "headers. Agencies do not write here: they post to the door of identity. A consumer keeps what "
    "has a type it does not know; nothing is said about the order of records in different partitions."
)
KEYS: dict[KeyRule, Json] = {
    KeyRule.SUBJECT: {
        "type": "string",
        "format": "uuid",
        "description": "The subject: a citizen's pseudonym",
    },
    KeyRule.FACT: {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_ATTRIBUTE,
        "description": "The fact's name, such as `link/` and an id; its last record is its state",
    },
}


def page() -> str:
    """Return the document."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> Json:
    """Return what is said on which topic, as AsyncAPI 3.0 writes it."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:percorso:kafka",
        "info": {
            "title": "Percorso on Kafka",
            "version": version("percorso-events"),
            "description": DESCRIPTION,
            "contact": {"name": MAINTAINERS},
            "license": {"name": "EUPL-1.2"},
            "tags": [{"name": "CloudEvents"}, {"name": "touchpoints"}, {"name": "facts"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "The broker of `make run`, where its default port is free",
            }
        },
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "components": {
            "messages": dict(_messages()),
            "schemas": {
                "TouchpointHeaders": _headers("sequence", "agency", "receivedtime"),
                "FactHeaders": _headers(),
                **_payloads(),
            },
        },
    }


def _channel(topic: Topic) -> Json:
    names = [name for name, each in CATALOGUE.items() if each.topic is topic]
    names += FACTS if topic is IDENTITY else ()
    config = topic.config()
    kept: Json = {"cleanup.policy": [config["cleanup.policy"]]}
    if topic.retention is not None:
        kept |= {"retention.ms": int(config["retention.ms"])}
    return {
        "address": topic.name,
        "description": f"Key: the {topic.key.value}. A key's partition is the CRC-32 of its bytes "
        "modulo the number of partitions, so that all records of a key stand in one, in order.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": kept,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _messages() -> Iterator[tuple[str, Json]]:
    for name, each in CATALOGUE.items():
        said_by = {"x-producer": each.producer, "x-classification": each.classification}
        yield name, _message(name, each.model, each.topic.key, "TouchpointHeaders") | said_by
    for name, state in FACTS.items():
        yield name, _message(name, state, IDENTITY.key, "FactHeaders")


def _message(name: str, model: type, key: KeyRule, headers: str) -> Json:
    return {
        "name": name,
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip(),
        "headers": {
            "type": "object",
            "properties": {"ce_type": {"const": name}},
            "allOf": [{"$ref": SCHEMAS + headers}],
        },
        "payload": {"$ref": SCHEMAS + model.__name__},
        "bindings": {"kafka": {"key": KEYS[key], "bindingVersion": "0.5.0"}},
    }


def _headers(*more: str) -> Json:
    """Describe the headers of every record, and those that only some have."""
    text = {"type": "string", "minLength": 1, "maxLength": MAX_ATTRIBUTE}
    time = {"type": "string", "format": "date-time"}
    known: dict[str, Json] = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": text | {"description": "With `ce_source` the event's identity, for ever"},
        "ce_source": text,
        "ce_type": text,
        "ce_time": time | {"description": "When it happened, in UTC"},
        "content-type": {"const": "application/json"},
    }
    extensions: dict[str, Json] = {
        "ce_sequence": {
            "type": "string",
            "pattern": f"^[0-9]{{1,{MAX_SEQUENCE_DIGITS}}}$",
            "description": "Orders events of the same instant",
        },
        "ce_agency": text | {"description": "Whose system reported it"},
        "ce_receivedtime": time | {"description": "When the door took it, in UTC"},
    }
    known |= {f"ce_{name}": extensions[f"ce_{name}"] for name in more}
    trace = {"type": "string", "description": "W3C Trace Context, where there is a trace"}
    return {
        "type": "object",
        "required": list(known),
        "properties": known | {"traceparent": trace},
    }


def _payloads() -> Json:
    """Return the schema of every payload, and of what they share."""
    models: list[type[BaseModel]] = [Touchpoint, *(each.model for each in CATALOGUE.values())]
    _, found = models_json_schema(
        [(model, "validation") for model in models], ref_template=SCHEMAS + "{model}"
    )
    touchpoints: Json = found["$defs"]
    shared: Json = touchpoints.pop("Touchpoint")["properties"]
    for model in models[1:]:
        _refer(touchpoints[model.__name__]["properties"], shared)
    _, facts = msgspec.json.schema_components(
        dict.fromkeys(FACTS.values()), ref_template=SCHEMAS + "{name}"
    )
    return shared | touchpoints | {name: _pairs_as_items(each) for name, each in facts.items()}


def _refer(members: Json, shared: Json) -> None:
    """Name the members that every touchpoint has instead of repeating them."""
    for name in members.keys() & shared.keys():
        if members[name] == shared[name]:
            members[name] = {"$ref": SCHEMAS + name}


def _pairs_as_items(schema: Any) -> Any:
    """Write tuples as draft 7 of JSON Schema does, which AsyncAPI's own schemas are made of."""
    if isinstance(schema, list):
        return [_pairs_as_items(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _pairs_as_items(each) for name, each in schema.items()}
    if "prefixItems" in plain:
        plain |= {"items": plain.pop("prefixItems"), "additionalItems": plain["items"]}
    return plain
