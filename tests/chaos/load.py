"""The load: the life of a small city as its agencies send it, with copies, ties and malformed events."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from math import ceil
from random import Random
from typing import Any
from urllib.parse import quote

import msgspec

from percorso.city import stream
from percorso.city.city import City, Step
from percorso.city.claims import Claim
from percorso.city.noise import Sending
from tests.chaos import malformed, subjects
from tests.chaos.ledger import Made
from tests.chaos.subjects import OF_ALL_AGENCIES

WITHDRAWN = "eu.percorso.touchpoint.withdrawn.v1"
EVENTS_A_MINUTE = 30_000  # of the city's life; senders take a third of that at the most
HELD_UP, HELD_UP_BY = 0.1, (50, 400)  # of the events, by so many others: one to ten days of life
BINARY = "application/json"
_MANY = (malformed.BATCH, malformed.BATCH, malformed.LINES)
_ONE = (malformed.SINGLE, BINARY)
_TEXTS = ("text", "reason")

Listen = Callable[[Claim], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One POST to the door; its body never changes, however often it is sent."""

    number: int
    agency: str
    headers: dict[str, str]
    body: bytes
    ids: list[str]
    made: list[Made]
    stores: bool = True
    is_abandoned: bool = False  # not sent again when its outcome is unknown


@dataclass(frozen=True, slots=True)
class _Event:
    made: Made
    envelope: dict[str, Any]


@dataclass(slots=True)
class _Draft:
    """What one agency's next request is made of so far."""

    size: int
    events: list[_Event] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def add(self, event: _Event, *, is_new: bool = True) -> None:
        self.events.append(event)
        if is_new:
            self.made.append(event.made)


class Load:
    """Makes requests for so many seconds; the same seed and text canary make the same ones.

    `listen` is told what the city claims of its people, when it does.
    """

    def __init__(
        self, seed: int, city: City, *, text: str, listen: Listen, seconds: float = 60.0
    ) -> None:
        self._random = Random(f"load {seed}")
        self._text = text
        self._listen = listen
        events = EVENTS_A_MINUTE * ceil(seconds / 60)
        self._sendings = self._in_order(stream.steps(city, events, lambda _: None))
        self._known = [each for each in subjects.of_city(city) if each.scheme in OF_ALL_AGENCIES]
        self._events: dict[str, _Event] = {}
        self._last: dict[str, Made] = {}
        self._drafts: dict[str, _Draft] = {}
        self._requests = count(1)
        self._refused = count(1)

    def next_request(self) -> Request:
        """Make a request of 1 to 30 events of one agency."""
        for sending in self._sendings:
            agency = sending.source.split(":")[2]
            draft = self._drafts.setdefault(agency, _Draft(self._size()))
            self._add_to(draft, sending)
            if len(draft.events) >= draft.size:
                return self._request(agency, self._drafts.pop(agency))
        raise LookupError("the city has no more to send")

    def _in_order(self, steps: Iterable[Step]) -> Iterator[Sending]:
        """Yield what is sent, some of it so late that its own withdrawal overtakes it."""
        held: list[tuple[int, Sending]] = []
        for number, step in enumerate(steps):
            if not isinstance(step, Sending):
                self._listen(step)
            elif self._random.random() < HELD_UP:
                heappush(held, (number + self._random.randint(*HELD_UP_BY), step))
            else:
                yield step
            while held and held[0][0] <= number:
                yield heappop(held)[1]

    def _size(self) -> int:
        return 1 if self._random.random() < 0.3 else self._random.randint(2, 30)

    def _add_to(self, draft: _Draft, sending: Sending) -> None:
        roll = self._random.random()
        if roll < 0.02 and draft.events:
            draft.add(self._random.choice(draft.events), is_new=False)
        elif roll < 0.05:
            draft.add(self._malformed(sending.source))
        is_new = sending.id not in self._events
        if is_new:
            self._events[sending.id] = self._event(sending)
        draft.add(self._events[sending.id], is_new=is_new)

    def _event(self, sending: Sending) -> _Event:
        """Take what the city sends, with the canary in its texts, sometimes at a taken instant."""
        envelope = msgspec.json.decode(sending.raw)
        citizen, touchpoint = envelope["data"]["citizen"], envelope["data"]["touchpoint"]
        subject = subjects.written(**citizen)
        for name in touchpoint.keys() & _TEXTS:
            touchpoint[name] += f" {self._text}"
        if "details" in touchpoint:
            touchpoint["details"] |= {"n": [1, {"é": None}, 1.5e3]}
        self._tie(envelope, self._last.get(subject.name))
        made = Made(
            id=sending.id,
            source=sending.source,
            subject=subject.name,
            type=envelope["type"],
            time=datetime.fromisoformat(envelope["time"]),
            sequence=int(envelope.get("sequence", 0)),
            touchpoint=touchpoint,
            withdraws=touchpoint["about"]["id"] if envelope["type"] == WITHDRAWN else None,
        )
        self._last[subject.name] = made
        return _Event(made, envelope)

    def _tie(self, envelope: dict[str, Any], other: Made | None) -> None:
        """Let some events happen when another of the same subject did."""
        if other and self._random.random() < 0.1:
            envelope["time"] = other.time.isoformat()
            envelope["sequence"] = str(self._random.choice([0, other.sequence, 3]))

    def _malformed(self, source: str) -> _Event:
        subject = self._random.choice(self._known)
        id = f"refused-{next(self._refused)}"  # noqa: A001 - CloudEvents' word
        envelope = malformed.event(self._random, subject, source, id=id, text=self._text)
        time = datetime.fromisoformat(malformed.TIME)
        made = Made(id, source, subject.name, "", time, 0, {}, is_valid=False)
        return _Event(made, envelope)

    def _request(self, agency: str, draft: _Draft) -> Request:
        chance = self._random.random
        media_type = self._random.choice(_ONE if len(draft.events) == 1 else _MANY)
        if not all(each.made.is_valid for each in draft.events) and media_type == BINARY:
            media_type = malformed.SINGLE
        headers, body = _encoded([each.envelope for each in draft.events], media_type)
        return Request(
            number=next(self._requests),
            agency=agency,
            headers=headers,
            body=body,
            ids=[each.made.id for each in draft.events],
            made=draft.made,
            stores=chance() >= 0.02,
            is_abandoned=chance() < 0.2,
        )


def _encoded(
    envelopes: Sequence[Mapping[str, Any]], media_type: str
) -> tuple[dict[str, str], bytes]:
    raws = [msgspec.json.encode(each) for each in envelopes]
    headers = {"Content-Type": media_type}
    match media_type:
        case malformed.SINGLE:
            return headers, raws[0]
        case malformed.LINES:
            return headers, b"\n".join(raws)
        case malformed.BATCH:
            return headers, b"[" + b",".join(raws) + b"]"
    return headers | binary_attributes(envelopes[0]), msgspec.json.encode(envelopes[0]["data"])


def binary_attributes(envelope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that carry an event's attributes in binary mode."""
    names = envelope.keys() - {"data", "datacontenttype"}
    return {f"ce-{name}": quote(str(envelope[name]), safe=":+/") for name in sorted(names)}
