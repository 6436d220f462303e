"""The load: requests of a seeded generator, with copies, ties, late events and withdrawals in them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import msgspec

from tests.chaos import malformed
from tests.chaos.citizens import SOURCE, Citizen
from tests.chaos.ledger import Made

WITHDRAWN = "eu.percorso.touchpoint.withdrawn.v1"
REMEMBERED = 400  # events that may be sent again or withdrawn later
HOT_SHARE = 0.15  # of all events: one citizen's, so that a timeline has many pages
PAST = timedelta(days=400)  # events lie in many partitions of the table
_MANY = (malformed.BATCH, malformed.BATCH, malformed.LINES)
_ROME = timezone(timedelta(hours=2))


@dataclass(frozen=True, slots=True)
class Request:
    """One POST to the door; its body never changes, however often it is sent."""

    number: int
    media_type: str
    body: bytes
    ids: list[str]
    made: list[Made]
    stores: bool = True
    is_abandoned: bool = False  # not sent again when its outcome is unknown


@dataclass(frozen=True, slots=True)
class _Event:
    made: Made
    raw: bytes


@dataclass(slots=True)
class _Draft:
    """What one request is made of so far."""

    events: list[_Event] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def add(self, event: _Event, *, is_new: bool = True) -> None:
        self.events.append(event)
        if is_new:
            self.made.append(event.made)


class Load:
    """Makes requests; the same seed and text canary make the same ones."""

    def __init__(self, seed: int, citizens: Sequence[Citizen], text: str) -> None:
        self._random = Random(f"load {seed}")
        self._citizens = citizens
        self._text = text
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._events = self._requests = 0
        self._recent: deque[_Event] = deque(maxlen=REMEMBERED)
        self._promised: deque[tuple[str, Citizen]] = deque()

    def next_request(self) -> Request:
        """Make a request of 1 to 30 events."""
        chance = self._random.random
        self._requests += 1
        is_single = chance() < 0.3
        if chance() < 0.02:
            return self._validation(is_single=is_single)
        draft = _Draft()
        for _ in range(1 if is_single else self._random.randint(2, 30)):
            self._add_to(draft)
        self._recent.extend(event for event in draft.events if event.made.is_valid)
        return self._request(draft, is_single=is_single, is_abandoned=chance() < 0.2)

    def _request(self, draft: _Draft, *, is_single: bool, is_abandoned: bool = False) -> Request:
        raws = [event.raw for event in draft.events]
        media_type = malformed.SINGLE if is_single else self._random.choice(_MANY)
        return Request(
            number=self._requests,
            media_type=media_type,
            body=_body(raws, media_type),
            ids=[event.made.id for event in draft.events],
            made=draft.made,
            is_abandoned=is_abandoned,
        )

    def _validation(self, *, is_single: bool) -> Request:
        """Make a request that must store nothing."""
        draft = _Draft()
        draft.add(self._event(self._citizen()))
        return replace(self._request(draft, is_single=is_single), stores=False)

    def _add_to(self, draft: _Draft) -> None:
        roll = self._random.random()
        if roll < 0.05 and self._recent:
            draft.add(self._random.choice(self._recent), is_new=False)
        elif roll < 0.06 and draft.events:
            draft.add(self._random.choice(draft.events), is_new=False)
        elif roll < 0.10 and self._recent:
            draft.add(self._withdrawal(self._random.choice(self._recent).made))
        elif roll < 0.11:
            draft.add(self._early_withdrawal())
        elif roll < 0.14:
            draft.add(self._malformed())
        else:
            draft.add(self._new_event())

    def _citizen(self) -> Citizen:
        if self._random.random() < HOT_SHARE:
            return self._citizens[0]
        return self._random.choice(self._citizens)

    def _new_id(self) -> str:
        self._events += 1
        return f"chaos-{self._events}"

    def _new_event(self) -> _Event:
        if self._promised and self._random.random() < 0.2:
            promised, citizen = self._promised.popleft()
            return self._event(citizen, promised)
        return self._event(self._citizen())

    def _event(self, citizen: Citizen, id: str | None = None) -> _Event:  # noqa: A002
        kind, members = self._happening()
        touchpoint = {**members, "matter": citizen.owner}
        time, sequence = self._place(citizen)
        return self._sealed(
            Made(id or self._new_id(), citizen.number, kind, time, sequence, touchpoint), citizen
        )

    def _withdrawal(self, target: Made) -> _Event:
        if (
            target.withdraws is not None
        ):  # what a withdrawal of a withdrawal means is no matter here
            return self._new_event()
        citizen = self._citizens[target.citizen]
        return self._sealed(self._made_withdrawal(citizen, target.id), citizen)

    def _early_withdrawal(self) -> _Event:
        """Withdraw an event that is yet to be made."""
        promised, citizen = self._new_id(), self._citizen()
        self._promised.append((promised, citizen))
        return self._sealed(self._made_withdrawal(citizen, promised), citizen)

    def _made_withdrawal(self, citizen: Citizen, about: str) -> Made:
        time, sequence = self._place(citizen)
        touchpoint = {
            "channel": "01.1.1",
            "reason": f"entered for the wrong person {self._text}",
            "about": {"source": SOURCE, "id": about},
            "matter": citizen.owner,
        }
        id = self._new_id()  # noqa: A001 - CloudEvents' word
        return Made(id, citizen.number, WITHDRAWN, time, sequence, touchpoint, withdraws=about)

    def _malformed(self) -> _Event:
        citizen = self._citizen()
        id = f"refused-{self._new_id()}"  # noqa: A001
        raw = malformed.event(self._random, citizen, id, self._text)
        made = Made(id, citizen.number, "", self._now, 0, {}, is_valid=False)
        return _Event(made, raw)

    def _place(self, citizen: Citizen) -> tuple[datetime, int]:
        """Choose when it happened: any time, often that of another event of the same citizen."""
        own = [each.made for each in self._recent if each.made.citizen == citizen.number]
        if own and self._random.random() < 0.2:
            other = self._random.choice(own)
            return other.time, self._random.choice(
                [0, 0, other.sequence, self._random.randint(0, 3)]
            )
        return self._now - PAST * self._random.random(), 0

    def _happening(self) -> tuple[str, dict[str, Any]]:
        random = self._random
        happenings: list[tuple[str, dict[str, Any]]] = [
            ("page.viewed", {"page": "/anagrafe/città", "stayed_s": random.randint(1, 900) / 8}),
            ("application.received", {"protocol": f"2026/{random.randint(1, 99_999)}"}),
            ("desk.visited", {"office": "anagrafe", "waited_s": random.randint(0, 3_600)}),
            ("feedback.given", {"rating": random.randint(1, 5), "text": f"così {self._text}"}),
            ("touchpoint.recorded", {"name": "badge", "details": {"n": [1, {"é": None}, 1.5e3]}}),
        ]
        noun_verb, members = random.choice(happenings)
        channel = random.choice(["01.1.1", "02.1", "03.2", "05.1"])
        return f"eu.percorso.{noun_verb}.v1", {"channel": channel, **members}

    def _sealed(self, made: Made, citizen: Citizen) -> _Event:
        zone = self._random.choice([UTC, _ROME])
        envelope = {
            "specversion": "1.0",
            "id": made.id,
            "source": SOURCE,
            "type": made.type,
            "time": made.time.astimezone(zone).isoformat(),
            **({"sequence": str(made.sequence)} if made.sequence else {}),
            "data": {"citizen": citizen.spelt(self._random), "touchpoint": made.touchpoint},
        }
        return _Event(made, msgspec.json.encode(envelope))


def _body(raws: Sequence[bytes], media_type: str) -> bytes:
    match media_type:
        case malformed.SINGLE:
            return raws[0]
        case malformed.LINES:
            return b"\n".join(raws)
        case _:
            return b"[" + b",".join(raws) + b"]"
