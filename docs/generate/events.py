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
from percorso.events.vocabularies import CHANNELS, LIFE_EVENTS
from percorso.identity.door import openapi

GOLDENS = Path(__file__).parents[2] / "tests" / "contract" / "events"
HEAD = ("member", "required", "form", "meaning")
LONG = 8  # more choices than this stand in a table of their own
FORMATS = {
    "date-time": "time, RFC 3339 with its offset",
    "date": "date, such as `2026-05-04`",
    "uuid": "UUID",
}
INTRODUCTION = (
    "What agencies report, as the catalogue `percorso.events.catalogue` has it. "
    "[Your first event](../tutorial/first-event.md) shows how one is made and sent, "
    "[Onboard an agency](../how-to/onboard-an-agency.md) which type belongs to which moment. "
    "The people of the examples are invented."
)
EVENT = (
    "A CloudEvent 1.0. Its `data` has exactly two members: `citizen` never leaves the door, "
    "`touchpoint` travels on byte for byte. Further attributes are left behind at the door."
)
TOUCHPOINT = (
    "Members that every type has. Names that a type does not list are refused; an optional member "
    "may be absent or `null`. The same as JSON Schema: `GET /v1/types/{type}`. "
    "A touchpoint has at most 16 KiB, an event 64 KiB."
)
VOCABULARY = (
    "Labels of the Italian controlled vocabularies (classifications for public services, AgID, "
    "ISTAT and others, CC BY 4.0). Every level may be used; take the most exact that is true."
)

Schema = Mapping[str, Any]


def page() -> str:
    """Return the page."""
    common = Touchpoint.model_json_schema()
    parts = [INTRODUCTION, "## An event", EVENT, table(HEAD, _event())]
    parts += ["## Every touchpoint", TOUCHPOINT, table(HEAD, members(common))]
    parts += ["### Channels", VOCABULARY, table(("code", "label"), _labels(CHANNELS))]
    parts += ["### Life events", table(("code", "label"), _labels(LIFE_EVENTS))]
    parts += ["## Types", table(("type", "what happened"), map(_entry, CATALOGUE.values()))]
    for event_type in CATALOGUE.values():
        parts += _section(event_type, set(common["properties"]))
    parts += [
        "## Topics",
        "Where Percorso keeps them, for its own services.",
        table(("name", "partitions", "retention", "key"), _topics()),
    ]
    return markdown_page("Events", *parts)


def _event() -> Iterator[tuple[str, str, str, str]]:
    """Yield the members of an event as the door describes them."""
    document: dict[str, Any] = {"paths": {}}
    openapi.describe(document)
    schemas = document["components"]["schemas"]
    for row in _rows(schemas["Event"], schemas):
        if not row[0].startswith("`data.touchpoint."):  # which has tables of its own
            yield row


def members(model: Schema) -> Iterator[tuple[str, str, str, str]]:
    """Yield path, whether it is required, form and meaning of every member of a payload."""
    return _rows(model, model.get("$defs", {}))


def _labels(vocabulary: Mapping[Any, str]) -> Iterator[tuple[str, str]]:
    return ((code(each), label) for each, label in vocabulary.items())


def _entry(event_type: EventType) -> tuple[str, str]:
    anchor = event_type.name.replace(".", "")
    return f"[{event_type.name}](#{anchor})", _told(event_type)


def _told(event_type: EventType) -> str:
    return (event_type.model.__doc__ or "").strip()


def _section(event_type: EventType, common: set[str]) -> Iterator[str]:
    yield f"### {event_type.name}"
    yield _told(event_type)
    own = (row for row in members(event_type.model.model_json_schema()) if _top(row) not in common)
    yield table(HEAD, own)
    golden = json.loads((GOLDENS / f"{event_type.name}.json").read_text(encoding="utf-8"))
    yield f"```json\n{json.dumps(golden, indent=2, ensure_ascii=False)}\n```"
    yield (
        f"Producer: {event_type.producer.value}. Topic: {code(event_type.topic.name)}. "
        f"Classification: {event_type.classification.value}."
    )


def _top(row: tuple[str, ...]) -> str:
    return row[0].strip("`").partition(".")[0]


def _rows(
    schema: Schema, definitions: Mapping[str, Schema], within: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each member, and after an object's those of its own members."""
    required = schema.get("required", [])
    for name, member in schema["properties"].items():
        found = _resolved(member, definitions)
        path = f"{within}{name}"
        meaning = member.get("description", found.get("description", ""))
        yield code(path), "yes" if name in required else "", _form(found), meaning
        if found.get("properties"):
            yield from _rows(found, definitions, f"{path}.")


def _resolved(member: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return what a member holds when it is there: not null, and no reference."""
    for each in member.get("anyOf", []):
        if each.get("type") != "null":
            return _resolved(each, definitions)
    if "$ref" in member:
        return definitions[member["$ref"].rpartition("/")[2]]
    return member


def _form(member: Schema) -> str:
    if "enum" in member:
        return _choices(member["enum"])
    if "items" in member:
        return f"list of at most {member['maxItems']}: {_form(member['items'])}"
    if "format" in member:
        return FORMATS[member["format"]]
    return f"{member['type']}{_bounds(member)}"


def _choices(choices: list[str]) -> str:
    if len(choices) > LONG:
        return f"one of {len(choices)} codes, {code(choices[0])} to {code(choices[-1])}"
    return ", ".join(map(code, choices))


def _bounds(member: Schema) -> str:
    if pattern := member.get("pattern"):
        return f", {code(pattern)}"
    least = member.get("minLength", member.get("minimum"))
    most = member.get("maxLength", member.get("maximum"))
    if least is None or most is None:
        return ""
    unit = " characters" if member["type"] == "string" else ""
    return f", {_number(least)} to {_number(most)}{unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else str(value)


def _topics() -> Iterator[tuple[str, str, str, str]]:
    for topic in TOPICS:
        kept = "compacted" if topic.retention is None else f"{topic.retention.days} days"
        yield code(topic.name), str(topic.partitions), kept, topic.key.value
