"""docs/reference/events.md: every type of event, from the catalogue, with its example."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.generate.markdown import code, table
from docs.generate.markdown import page as markdown_page
from percorso.events.catalogue import CATALOGUE, EventType
from percorso.events.topics import TOPICS
from percorso.events.types.members import Touchpoint

GOLDENS = Path(__file__).parents[2] / "tests" / "contract" / "events"
HEAD = ("member", "required", "form")
LONG = 8  # more choices than this stand in the schema alone
INTRODUCTION = (
    "What agencies report, as the catalogue `percorso.events.catalogue` has it. How events are sent "
    "is said in the description of `POST /v1/events`; the JSON Schema of each payload is at "
    "`GET /v1/types/{type}`. Members that are not listed are refused. The people of the examples are "
    "invented."
)

Schema = Mapping[str, Any]


def page() -> str:
    """Return the page."""
    common = Touchpoint.model_json_schema()
    parts = [
        INTRODUCTION,
        "## Topics",
        table(("name", "partitions", "retention", "key"), _topics()),
    ]
    parts += ["## Every touchpoint", table(HEAD, _rows(common, set()))]
    for event_type in CATALOGUE.values():
        parts += _section(event_type, set(common["properties"]))
    return markdown_page("Events", *parts)


def _topics() -> Iterator[tuple[str, str, str, str]]:
    for topic in TOPICS:
        kept = "compacted" if topic.retention is None else f"{topic.retention.days} days"
        yield code(topic.name), str(topic.partitions), kept, topic.key.value


def _section(event_type: EventType, common: set[str]) -> Iterator[str]:
    yield f"## {event_type.name}"
    yield (event_type.model.__doc__ or "").strip()
    yield (
        f"Said by: {event_type.producer.value}. Topic: {code(event_type.topic.name)}, "
        f"key: {event_type.topic.key.value}. Classification: {event_type.classification.value}."
    )
    yield table(HEAD, _rows(event_type.model.model_json_schema(), common))
    golden = json.loads((GOLDENS / f"{event_type.name}.json").read_text(encoding="utf-8"))
    yield f"```json\n{json.dumps(golden, indent=2, ensure_ascii=False)}\n```"


def _rows(schema: Schema, left_out: set[str]) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", [])
    for name, member in schema["properties"].items():
        if name not in left_out:
            form = _form(member, schema.get("$defs", {}))
            yield code(name), "yes" if name in required else "", form


def _form(member: Schema, definitions: Mapping[str, Schema]) -> str:
    if "anyOf" in member:
        forms = [_form(each, definitions) for each in member["anyOf"]]
        return " or ".join(each for each in forms if each != "null")
    if "$ref" in member:
        return _form(definitions[member["$ref"].rpartition("/")[2]], definitions)
    if "enum" in member:
        return _choices(member["enum"])
    if member.get("properties"):
        inner = (f"{code(name)}: {form}" for name, _, form in _inner(member, definitions))
        return f"object ({', '.join(inner)})"
    return f"{member['type']}{_bounds(member)}"


def _inner(member: Schema, definitions: Mapping[str, Schema]) -> Iterator[tuple[str, str, str]]:
    for name, part in member["properties"].items():
        yield name, "", _form(part, definitions)


def _choices(choices: list[str]) -> str:
    if len(choices) > LONG:
        return f"one of {len(choices)} codes, {code(choices[0])} to {code(choices[-1])}"
    return ", ".join(map(code, choices))


def _bounds(member: Schema) -> str:
    least = member.get("minLength", member.get("minimum"))
    most = member.get("maxLength", member.get("maximum"))
    if least is None and most is None:
        return ""
    unit = " characters" if member["type"] == "string" else ""
    return f", {_number(least)} to {_number(most)}{unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else str(value)
