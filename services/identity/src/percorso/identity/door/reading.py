"""Splits a request's body into the bytes of its events, each untouched."""

import json
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from percorso.chassis.problems import MalformedBody
from percorso.events.limits import MAX_REQUEST_EVENTS
from percorso.identity.door.refusals import BodyTooLarge, InvalidBatch

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
# An array has at most one element more than commas. A thousand events of 4 KiB have 50,000 to
# 150,000; 4 MiB of nothing but `0,` cost 0.4 s and 300 MB when they are split at once.
MAX_COMMAS = 200_000

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def single(body: bytes) -> list[bytes]:
    """Return the body as one event; MalformedBody if it is not JSON at all."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        # What Python's parser reads and ours does not, such as an unpaired surrogate, is a fault
        # of the event and not of the body.
        _check_json(_text(body))
    return [body]


def batch(body: bytes) -> list[bytes]:
    """Return the events of a JSON array; one that cannot be read alone does not spoil the others."""
    events = _at_once(body)
    if events is None:
        events = list(islice(_one_by_one(_text(body)), MAX_REQUEST_EVENTS + 1))
    return _bounded(events)


def lines(body: bytes) -> list[bytes]:
    """Return the events of a body with one on each line; blank lines are none."""
    # A line ends with a line feed alone: a JSON text may hold a carriage return as a blank.
    events = (line for line in body.split(b"\n") if not line.isspace() and line)
    return _bounded(list(islice(events, MAX_REQUEST_EVENTS + 1)))


READERS: dict[str, Callable[[bytes], list[bytes]]] = {SINGLE: single, BATCH: batch, LINES: lines}


def _bounded(events: list[bytes]) -> list[bytes]:
    if not events:
        raise InvalidBatch(detail="the batch is empty")
    if len(events) > MAX_REQUEST_EVENTS:
        raise BodyTooLarge(f"a request has at most {MAX_REQUEST_EVENTS} events")
    return events


def _at_once(body: bytes) -> list[bytes] | None:
    """Return the elements of an array, None where only the slower way can tell."""
    if body.count(b",") > MAX_COMMAS:
        return None
    try:
        return [bytes(raw) for raw in _ARRAY.decode(body)]
    except msgspec.ValidationError:
        raise _no_array() from None
    except (msgspec.DecodeError, RecursionError):
        return None


def _one_by_one(text: str) -> Iterator[bytes]:
    """Yield the elements of an array by Python's parser, which tells where each ends."""
    at = _after_blanks(text, 0)
    if not text.startswith("[", at):
        _check_json(text)
        raise _no_array()
    at = _after_blanks(text, at + 1)
    is_first = True
    while not (is_first and text.startswith("]", at)):
        end = _end_of_value(text, at)
        yield _bytes(text[at:end])
        is_first = False
        at = _after_blanks(text, end)
        if not text.startswith(",", at):
            break
        at = _after_blanks(text, at + 1)
    if not text.startswith("]", at) or _after_blanks(text, at + 1) < len(text):
        raise _no_json()


def _check_json(text: str) -> None:
    if _after_blanks(text, _end_of_value(text, _after_blanks(text, 0))) < len(text):
        raise _no_json()


def _end_of_value(text: str, at: int) -> int:
    try:
        return _PARSER.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        raise _no_json() from None


def _after_blanks(text: str, at: int) -> int:
    while text.startswith((" ", "\t", "\r", "\n"), at):
        at += 1
    return at


# What is not UTF-8 is a fault of the event that holds it, so it goes through here and back.
def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _refuse_constant(_: str) -> object:
    raise ValueError("not a JSON number")


# Of numbers only the form counts here: Python reads no integer of more than 4,300 digits.
_PARSER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=float)


def _no_json() -> MalformedBody:
    return MalformedBody(detail="the body is not JSON")


def _no_array() -> InvalidBatch:
    return InvalidBatch(detail="a batch is an array of events")
