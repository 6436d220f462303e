"""Turns one event as an agency sent it into a touchpoint with a pseudonym, or refuses it.

Nothing here waits, and no refusal holds a value that was sent.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, get_args, get_type_hints
from uuid import UUID

import msgspec
from pydantic import BaseModel, ValidationError

from percorso.chassis import validation
from percorso.events import limits
from percorso.events.catalogue import CATALOGUE, WITHDRAWN, EventType, Producer
from percorso.events.envelope import CloudEvent
from percorso.events.types.touchpoints import TouchpointWithdrawn
from percorso.identity.door.refusals import (
    ForeignSource,
    InvalidCitizen,
    InvalidEvent,
    InvalidTouchpoint,
    OverLimit,
    Refused,
    UnknownType,
)
from percorso.identity.subjects.identifiers import InvalidIdentifier

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_ATTRIBUTE)]


class Identifier(msgspec.Struct, forbid_unknown_fields=True):
    """By what the agency knows the person."""

    scheme: str
    value: str


class Data(msgspec.Struct, forbid_unknown_fields=True):
    """Who, and what happened."""

    citizen: Identifier
    touchpoint: msgspec.Raw


class Envelope(msgspec.Struct):
    """A CloudEvent as it is sent to the door; extensions that we do not use are left behind."""

    specversion: str
    id: Name
    source: Name
    type: Name
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    data: Data
    datacontenttype: str | None = None
    sequence: str | int = 0


_ENVELOPE = msgspec.json.Decoder(Envelope)
_ID = msgspec.json.Decoder(type=dict[str, msgspec.Raw])
_AT = re.compile(r" - at `\$\.?(?P<path>[a-z.]*)`$")
_MISSING = re.compile(r"^Object missing required field `(?P<name>[a-z]+)`")
_JSON_TYPE = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_ESCAPED_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Caller:
    """The agency whose events these are, and the ways to judge them."""

    agency: str
    owns: Callable[[str], bool]
    subject: Callable[[str, str], UUID]


def accept(raw: bytes, caller: Caller, now: datetime) -> CloudEvent:
    """Return the event to publish; Refused with the place of its first fault.

    Whoever sends the same bytes twice gets the same event, `received_at` aside.
    """
    envelope = _envelope(raw)
    if not caller.owns(envelope.source):
        raise ForeignSource("/source", "the source begins with none of the agency's prefixes")
    event_type = _event_type(envelope)
    time = _time(envelope.time, now)
    touchpoint = bytes(envelope.data.touchpoint)
    _check_touchpoint(touchpoint, event_type.model, envelope)
    return CloudEvent(
        subject=_subject(envelope.data.citizen, caller),
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        time=time,
        received_at=now,
        agency=caller.agency,
        touchpoint=touchpoint,
        sequence=_sequence(envelope.sequence),
    )


def sent_id(raw: bytes) -> str | None:
    """Return the event's `id` if it can be told: the one member that an answer may repeat."""
    try:
        given = msgspec.json.decode(_ID.decode(raw)["id"], type=str)
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError, RecursionError):
        return None
    return given[: limits.MAX_ATTRIBUTE]


def _envelope(raw: bytes) -> Envelope:
    if len(raw) > limits.MAX_EVENT_BYTES:
        raise OverLimit("", f"an event has at most {limits.MAX_EVENT_BYTES} bytes")
    try:
        envelope = _ENVELOPE.decode(raw)
    except msgspec.ValidationError as fault:
        raise InvalidEvent(*_place(str(fault))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidEvent(
            "", "nested too deep, or a string with an unpaired surrogate or no UTF-8"
        ) from None
    _check_attributes(envelope)
    return envelope


def _place(fault: str) -> tuple[str, str]:
    """Return pointer and reason of msgspec's message, of which no other part is passed on."""
    at = _AT.search(fault)
    path = "/" + at["path"].replace(".", "/") if at and at["path"] else ""
    if missing := _MISSING.match(fault):
        return f"{path}/{missing['name']}", "is required"
    if fault.startswith("Object contains unknown field"):
        return path, "has a member that is not known"
    if path == "/time":
        return path, "should be an RFC 3339 time with its offset"
    if path in {"/id", "/source", "/type"}:
        return path, f"should be a string of 1 to {limits.MAX_ATTRIBUTE} characters"
    return path, "has the wrong JSON type"


def _check_attributes(envelope: Envelope) -> None:
    if envelope.specversion != "1.0":
        raise InvalidEvent("/specversion", "should be 1.0")
    for name in ("id", "source"):
        if "\0" in getattr(envelope, name):
            raise InvalidEvent(f"/{name}", "holds a NUL")
    content = envelope.datacontenttype
    if content is not None and not _JSON_TYPE.fullmatch(content):
        raise InvalidEvent("/datacontenttype", "should be application/json")


def _event_type(envelope: Envelope) -> EventType:
    event_type = CATALOGUE.get(envelope.type)
    if event_type is None or event_type.producer is not Producer.AGENCY:
        raise UnknownType("/type", "see /v1/types for the types that agencies may send")
    return event_type


def _time(time: datetime, now: datetime) -> datetime:
    if time > now + limits.MAX_AHEAD:
        raise OverLimit("/time", "lies more than 10 minutes ahead")
    if time < now - limits.RETENTION:
        raise OverLimit("/time", "lies before the start of the retention, 30 years ago")
    return time.astimezone(UTC)


def _sequence(given: str | int) -> int:
    text = str(given)
    if not text.isascii() or not text.isdigit() or len(text) > limits.MAX_SEQUENCE_DIGITS:
        raise InvalidEvent("/sequence", f"should be 1 to {limits.MAX_SEQUENCE_DIGITS} digits")
    return int(text)


def _subject(citizen: Identifier, caller: Caller) -> UUID:
    try:
        return caller.subject(citizen.scheme, citizen.value)
    except InvalidIdentifier as fault:
        raise InvalidCitizen(f"/data/citizen{fault.pointer}", fault.title) from None


def _check_touchpoint(raw: bytes, model: type[BaseModel], envelope: Envelope) -> None:
    if len(raw) > limits.MAX_TOUCHPOINT_BYTES:
        raise OverLimit(
            "/data/touchpoint", f"a touchpoint has at most {limits.MAX_TOUCHPOINT_BYTES} bytes"
        )
    try:
        touchpoint = model.model_validate_json(raw)
    except ValidationError as invalid:
        raise _invalid_touchpoint(invalid) from None
    _check_members(raw, touchpoint)
    if envelope.type == WITHDRAWN:
        _check_withdrawal(touchpoint, envelope.source)


def _invalid_touchpoint(invalid: ValidationError) -> Refused:
    fault = invalid.errors(include_url=False, include_input=False)[0]
    place = validation.pointer(validation.place(fault), _MEMBERS.__contains__)
    return InvalidTouchpoint(f"/data/touchpoint{place}", validation.title(fault))


def _check_members(raw: bytes, touchpoint: BaseModel) -> None:
    """Refuse a member that is named twice, of which readers take one or the other, and a NUL.

    Every member has a colon, and every one but an object's first a comma: where there are no more
    of either than top-level members, none is named twice. This sure sign costs 0.3 us, to parse
    again 2 us.
    """
    count = len(touchpoint.model_fields_set)
    has_nul = _ESCAPED_NUL in raw
    if not has_nul and (raw.count(b":") == count or raw.count(b",") + 1 == count):
        return
    try:
        value = _ONCE.decode(raw.decode())
    except _NamedTwice:
        raise InvalidTouchpoint("/data/touchpoint", "names a member twice") from None
    if has_nul and _holds_nul(value):
        raise InvalidTouchpoint("/data/touchpoint", "a string holds a NUL")


class _NamedTwice(Exception):
    """An object has two members of the same name."""


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise _NamedTwice
    return found


# Values do not matter here: Python reads no integer of more than 4,300 digits.
_ONCE = json.JSONDecoder(object_pairs_hook=_each_once, parse_int=float)


def _check_withdrawal(touchpoint: BaseModel, source: str) -> None:
    if isinstance(touchpoint, TouchpointWithdrawn) and touchpoint.about.source != source:
        raise InvalidTouchpoint(
            "/data/touchpoint/about/source", "only the same source may withdraw a touchpoint"
        )


def _holds_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any("\0" in name or _holds_nul(member) for name, member in value.items())
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value


def _members(model: type[BaseModel]) -> frozenset[str]:
    names = set(model.model_fields)
    for hint in get_type_hints(model).values():
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                names |= _members(part)
    return frozenset(names)


# The names that a pointer may hold: those of the catalogue, never one that was sent.
_MEMBERS = frozenset[str]().union(*(_members(each.model) for each in CATALOGUE.values()))
