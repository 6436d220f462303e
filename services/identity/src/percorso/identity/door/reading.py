"""Splits a request's body into the bytes of its events, each untouched."""

import json
from collections.abc import Callable, Iterator

import msgspec

from percorso.chassis.problems import MalformedBody
from percorso.events.limits import MAX_REQUEST_EVENTS
from percorso.identity.door.refusals import BodyTooLarge, InvalidBatch

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def single(body: bytes) -> list[bytes]:
    """Return the body as one event; MalformedBody if it is not JSON at all."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        # What Python's parser reads and ours does not, such as an unpaired surrogate, is a fault
        # of the event and not of the body.
        _parse(_text(body))
    return [body]


def batch(body: bytes) -> list[bytes]:
    """Return the events of a JSON array; one that cannot be read alone does not spoil the others."""
    try:
        events = [bytes(raw) for raw in _ARRAY.decode(body)]
    except msgspec.ValidationError:
        raise InvalidBatch(detail="a batch is an array of events") from None
    except (msgspec.DecodeError, RecursionError):
        events = list(_elements(_text(body)))
    if not events:
        raise InvalidBatch(detail="the batch is empty")
    if len(events) > MAX_REQUEST_EVENTS:
        raise BodyTooLarge(detail=f"a request has at most {MAX_REQUEST_EVENTS} events")
    return events


READERS: dict[str, Callable[[bytes], list[bytes]]] = {SINGLE: single, BATCH: batch}


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedBody(detail="the body is not UTF-8") from None


def _parse(text: str) -> object:
    try:
        return _STRICT.decode(text)
    except (ValueError, RecursionError):
        raise MalformedBody(detail="the body is not JSON") from None


def _elements(text: str) -> Iterator[bytes]:
    """Yield the elements of an array one by one, by Python's parser, which tells where each ends."""
    if not isinstance(_parse(text), list):
        raise InvalidBatch(detail="a batch is an array of events")
    at = _after_blanks(text, text.index("[") + 1)
    while text[at] != "]":
        _, end = _STRICT.raw_decode(text, at)
        yield text[at:end].encode()
        at = _after_blanks(text, end)
        if text[at] == ",":
            at = _after_blanks(text, at + 1)


def _after_blanks(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _refuse_constant(_: str) -> object:
    raise ValueError("not a JSON number")


_STRICT = json.JSONDecoder(parse_constant=_refuse_constant)
