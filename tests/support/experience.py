"""Metrics as a plain model: counted once, at the end, over the events that are left."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Pool
from hypothesis import strategies as st
from msgspec import structs

from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.events.ids import event_key
from tests.support.events import a_subject, a_withdrawal, an_event

# Metric, minute, service, agency, channel, area and bucket; count and sum.
Cell = tuple[str, datetime, str, str, str, str, str]
Rows = Mapping[Cell, tuple[int, int]]

CITIZENS = [a_subject(number) for number in range(2)]
AGENCIES = ["c_a182", "c_a182", "m_lps"]
MATTERS = ["A/1", "A/1", "A/2", None]
_REQUESTS = {
    "application.submitted", "application.received", "complaint.filed", "incident.reported",
    "message.received", "post.received",
}  # fmt: skip
_ANSWERS = {
    "application.taken-charge", "application.decided", "complaint.answered", "document.issued",
    "information.requested", "message.replied",
}  # fmt: skip
_STEPS = {
    "page.viewed", "search.made", "draft.saved", "application.submitted", "information.provided",
    "appointment.booked", "desk.visited", "call.ended", "message.received", "post.received",
    "complaint.filed", "incident.reported", "login.made",
}  # fmt: skip


def a_contact(
    noun_verb: str,
    id: str = "1",  # noqa: A002 - CloudEvents' word
    *,
    agency: str = "c_a182",
    subject: UUID | None = None,
    minutes: float = 0,
    sequence: int = 0,
    **touchpoint: object,
) -> CloudEvent:
    """Return an event of a type, on the channel `01.1.1` unless another is given."""
    event = an_event(
        id,
        subject=subject,
        minutes=minutes,
        sequence=sequence,
        type=f"eu.percorso.{noun_verb}.v1",
        touchpoint=json.dumps({"channel": "01.1.1"} | touchpoint).encode(),
    )
    return structs.replace(event, agency=agency)


def recount(events: Iterable[CloudEvent]) -> Rows:
    """Count every metric over events by the plain rules: copies once, and none that was withdrawn."""
    counts: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    live = _live(events)
    of_matters: defaultdict[object, list[CloudEvent]] = defaultdict(list)
    for event in live:
        for cell, value in _alone(event):
            _add(counts, cell, value)
        if matter := json.loads(event.touchpoint).get("matter"):
            of_matters[event.subject, event.agency, matter].append(event)
    for matter_events in of_matters.values():
        for cell, value in _together(sorted(matter_events, key=_order)):
            _add(counts, cell, value)
    return {cell: (count, total) for cell, (count, total) in counts.items()}


async def stored(pool: Pool) -> Rows:
    """Read the rows that are not zero."""
    async with transaction(pool) as connection:
        rows = await connection.fetch("SELECT * FROM metric_minutes WHERE count <> 0 OR sum <> 0")
    return {tuple(row)[:7]: tuple(row)[7:] for row in rows}


def _live(events: Iterable[CloudEvent]) -> list[CloudEvent]:
    first: dict[object, CloudEvent] = {}
    for event in events:
        first.setdefault((event.subject, event.time, event.sequence, event.source, event.id), event)
    hidden = {
        (event.subject, about["source"], about["id"])
        for event in first.values()
        if event.type == "eu.percorso.touchpoint.withdrawn.v1"
        and (about := json.loads(event.touchpoint)["about"])
    }
    return [each for each in first.values() if (each.subject, each.source, each.id) not in hidden]


def _alone(event: CloudEvent) -> Iterator[tuple[Cell, int]]:
    kind, said = _kind(event), json.loads(event.touchpoint)
    if kind != "touchpoint.withdrawn":
        noun = "other" if kind == "unheard.of" else kind.split(".")[0]
        yield _cell("touchpoints", event, event.time, noun), 0
    if kind in {"desk.visited", "call.ended"} and isinstance(said.get("waited_s"), int | float):
        waited = round(said["waited_s"] * 1_000)
        metric = "desk-wait" if kind == "desk.visited" else "phone-wait"
        yield _cell(metric, event, event.time, _bucket(waited)), waited
    if kind == "feedback.given" and said.get("rating") in {1, 2, 3, 4, 5}:
        yield _cell("satisfaction", event, event.time, str(said["rating"])), said["rating"]
    if kind == "complaint.filed":
        yield _cell("complaints", event, event.time, ""), 0


def _together(events: list[CloudEvent]) -> Iterator[tuple[Cell, int]]:
    yield from _charges(events)
    asked = [n for n, event in enumerate(events) if _kind(event) in _REQUESTS][:1]
    if asked:
        begun, later = events[asked[0]], events[asked[0] + 1 :]
        for event in [each for each in later if _kind(each) in _ANSWERS][:1]:
            yield _lasted("first-response", begun, event)
    last: CloudEvent | None = None
    for event in events:
        if _kind(event) in _STEPS and _channel(event):
            if last is not None and _channel(last)[:2] != _channel(event)[:2]:
                forced = "forced" if _failed(last) else "free"
                yield _cell("channel-switches", event, event.time, forced), 0
            last = event


def _charges(events: list[CloudEvent]) -> Iterator[tuple[Cell, int]]:
    waiting: list[CloudEvent] = []
    for event in events:
        if _kind(event) == "application.received":
            waiting.append(event)
        if _kind(event) == "application.taken-charge" and waiting:
            yield _lasted("time-to-take-charge", waiting[0], event)
            waiting = []


def _failed(event: CloudEvent) -> bool:
    said = json.loads(event.touchpoint)
    if said.get("results") == 0 or said.get("talked_s") == 0:
        return True
    return "filled" in said and "total" in said and said["filled"] != said["total"]


def _lasted(metric: str, begun: CloudEvent, ended: CloudEvent) -> tuple[Cell, int]:
    lasted = ended.time - begun.time
    whole = lasted.days * 86_400_000 + lasted.seconds * 1_000 + lasted.microseconds // 1_000
    return _cell(metric, begun, ended.time, _bucket(whole)), whole


def _cell(metric: str, event: CloudEvent, at: datetime, bucket: str) -> Cell:
    said: dict[str, Any] = json.loads(event.touchpoint)
    area = (said.get("place") or {}).get("area") or ""
    minute = at.replace(second=0, microsecond=0)
    service = said.get("service") or ""
    return metric, minute, service, event.agency, _channel(event), area, bucket


def _bucket(milliseconds: int) -> str:
    if milliseconds < 64:
        return str(milliseconds)
    step = math.floor(8 * math.log2(milliseconds)) + 1
    while math.ceil(2 ** (step / 8)) > milliseconds:
        step -= 1
    return str(math.ceil(2 ** (step / 8)))


def _add(counts: defaultdict[Cell, list[int]], cell: Cell, value: int) -> None:
    counts[cell][0] += 1
    counts[cell][1] += value


def _kind(event: CloudEvent) -> str:
    return event.type.removeprefix("eu.percorso.").removesuffix(".v1")


def _channel(event: CloudEvent) -> str:
    return json.loads(event.touchpoint).get("channel") or ""


def _order(event: CloudEvent) -> tuple[object, ...]:
    return event.time, event.sequence, event_key(event.source, event.id).int


_WAITS = st.sampled_from([0, 0.0004, 12.3456, 61, 1_800.5, "soon", None])
_MEMBERS: Mapping[str, st.SearchStrategy[dict[str, object]]] = {
    "page.viewed": st.just({"page": "/"}),
    "search.made": st.fixed_dictionaries({"results": st.sampled_from([0, 3])}),
    "draft.saved": st.fixed_dictionaries({"filled": st.sampled_from([1, 4]), "total": st.just(4)}),
    "desk.visited": st.fixed_dictionaries({"waited_s": _WAITS}),
    "call.ended": st.fixed_dictionaries({"waited_s": _WAITS, "talked_s": st.sampled_from([0, 9])}),
    "feedback.given": st.fixed_dictionaries({"rating": st.sampled_from([1, 4, 5, 6, "5"])}),
    "complaint.filed": st.just({"complaint": "R/1"}),
    "application.received": st.just({"protocol": "P/1"}),
    "application.taken-charge": st.just({"office": "Anagrafe"}),
    "application.decided": st.just({"decision": "accepted"}),
    "message.received": st.just({"thread": "T/1"}),
    "message.replied": st.just({"thread": "T/1"}),
    "usage.recorded": st.just({"quantity": 1.5}),
    "unheard.of": st.just({"members": {"of": "its own"}}),
}
_NAMED = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["01.1.1", "02.1", "02.2", "03.2", "05.1"]),
        "matter": st.sampled_from(MATTERS),
    },
    optional={
        "service": st.sampled_from(["cambio-residenza", "tari"]),
        "place": st.sampled_from([{"area": "centro"}, {"line": "5"}, None]),
    },
)


@st.composite
def histories(draw: st.DrawFn, size: int = 40) -> list[CloudEvent]:
    """Draw events of few citizens, matters and minutes, some withdrawn; no two differ at one place."""
    kinds = draw(st.lists(st.sampled_from(sorted(_MEMBERS)), min_size=10, max_size=size))
    contacts = [_draw_contact(draw, kind, id=str(number % 25)) for number, kind in enumerate(kinds)]
    places = {(each.subject, each.time, each.sequence, each.id): each for each in contacts}
    about = draw(st.lists(st.sampled_from(contacts), min_size=1, max_size=12))
    withdrawals = [
        a_withdrawal(f"w{number}", each.id, subject=each.subject, minutes=number)
        for number, each in enumerate(about)
    ]
    return [*places.values(), *withdrawals]


def _draw_contact(draw: st.DrawFn, kind: str, *, id: str) -> CloudEvent:  # noqa: A002
    return a_contact(
        kind,
        id,
        agency=draw(st.sampled_from(AGENCIES)),
        subject=draw(st.sampled_from(CITIZENS)),
        minutes=draw(st.integers(0, 400)) / 60,
        sequence=draw(st.integers(0, 1)),
        **draw(_NAMED),
        **draw(_MEMBERS[kind]),
    )
