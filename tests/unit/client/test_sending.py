"""Sending: batches per agency, in order, tried again within a bound."""

from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.client.errors import BadAnswer, Failed, Refused, Unavailable, Unreachable
from percorso.client.events import BatchAnswer, RejectedEvent
from percorso.client.problems import Problem
from percorso.client.reading import RawEvent
from percorso.client.sending import (
    MAX_BATCH_BYTES,
    MAX_WAITING_BYTES,
    Batch,
    Retry,
    Settled,
    agency_of,
    persist,
    send,
)

NO_RETRY = Retry(bound_s=0.0)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def retry(self, bound_s: float, *, chance: float = 0.0) -> Retry:
        return Retry(bound_s, lambda: sum(self.slept), self.slept.append, lambda: chance)


class Door:
    """Takes every batch and keeps it."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def post(self, batch: Batch) -> BatchAnswer:
        self.batches.append(batch)
        return BatchAnswer(accepted=len(batch.events))


def an_event(index: int, source: str | None = "urn:it:c_a182:x", *, size: int = 10) -> RawEvent:
    return RawEvent(b"x" * size, "events", index, index + 1, str(index), source)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def _noted(read: list[int]) -> Iterator[int]:
    for index in range(1000):
        read.append(index)
        yield index


def send_all(events: Iterable[RawEvent], post: Callable[[Batch], BatchAnswer]) -> list[Settled]:
    return list(send(events, post, agency=None, retry=NO_RETRY))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("urn:it:c_a182:anagrafe", "c_a182"),
        ("urn:it:c_a182:", "c_a182"),
        ("urn:it:c_a182", None),
        ("urn:it::x", None),
        ("https://it:c_a182:x", None),
        (None, None),
    ],
)
def test_the_agency_is_read_from_the_source(source: str | None, code: str | None) -> None:
    assert agency_of(an_event(0, source)) == code


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=450))
def test_every_event_is_sent_once_in_the_order_of_its_agency(codes: list[str]) -> None:
    door = Door()
    events = [an_event(index, f"urn:it:{code}:x") for index, code in enumerate(codes)]

    settled = send_all(events, door.post)

    assert sum(one.accepted for one in settled) == len(events)
    for code in "abc":
        sent = [event for batch in door.batches if batch.agency == code for event in batch.events]
        assert sent == [event for event in events if agency_of(event) == code]
    assert all(1 <= len(batch.events) <= 100 for batch in door.batches)


def test_a_full_batch_leaves_before_the_next_event_is_read() -> None:
    door = Door()
    settled = send(
        (an_event(index) for index in iter(int, 1)), door.post, agency=None, retry=NO_RETRY
    )

    assert next(settled).accepted == 100


def test_a_batch_stays_below_what_the_door_takes() -> None:
    door = Door()

    send_all((an_event(index, size=64 * 1024) for index in range(100)), door.post)

    sizes = [sum(len(event.raw) for event in batch.events) for batch in door.batches]
    assert max(sizes) <= MAX_BATCH_BYTES
    assert len(sizes) == 3


def test_events_of_many_agencies_do_not_pile_up() -> None:
    size = 1024 * 1024
    read: list[int] = []
    events = (an_event(index, f"urn:it:a{index}:x", size=size) for index in _noted(read))

    next(send(events, Door().post, agency=None, retry=NO_RETRY))

    assert len(read) <= MAX_WAITING_BYTES // size + 1


def test_a_source_without_agency_is_rejected_here() -> None:
    door = Door()

    settled = send_all([an_event(0, "urn:x"), an_event(1)], door.post)

    [rejection] = [rejection for one in settled for rejection in one.rejected]
    assert rejection.event.index == 0
    assert len(door.batches) == 1


def test_a_given_agency_stands_for_every_source() -> None:
    door = Door()

    list(send([an_event(0, "urn:x"), an_event(1)], door.post, agency="c_x", retry=NO_RETRY))

    assert [(batch.agency, len(batch.events)) for batch in door.batches] == [("c_x", 2)]


def test_rejected_events_are_found_by_index() -> None:
    problem = Problem(title="Unknown channel", pointer="/data/touchpoint/channel")

    def post(batch: Batch) -> BatchAnswer:
        return BatchAnswer(accepted=2, rejected=[RejectedEvent(index=1, problem=problem)])

    [settled] = send_all([an_event(index) for index in range(3)], post)

    assert settled.accepted == 2
    assert [rejection.event.index for rejection in settled.rejected] == [1]


def test_events_that_the_answer_does_not_count_are_unknown() -> None:
    [settled] = send_all([an_event(0), an_event(1)], lambda _batch: BatchAnswer(accepted=1))

    assert settled.unknown == 1


@pytest.mark.parametrize(
    "error", [Unreachable("away"), Unavailable("busy"), Failed("500"), BadAnswer("odd")]
)
def test_an_unknown_outcome_stops_the_sending(error: Exception) -> None:
    def post(batch: Batch) -> BatchAnswer:
        raise error

    settled = send_all([an_event(index) for index in range(250)], post)

    assert [(one.unknown, one.stopped_by) for one in settled] == [(100, error)]


def test_an_unknown_agency_does_not_stop_the_others() -> None:
    door = Door()
    unknown = Refused("no", status=404, problem=Problem(type="urn:percorso:problem:unknown-agency"))

    def post(batch: Batch) -> BatchAnswer:
        if batch.agency == "a":
            raise unknown
        return door.post(batch)

    settled = send_all([an_event(0, "urn:it:a:x"), an_event(1, "urn:it:b:x")], post)

    assert [(one.accepted, len(one.rejected)) for one in settled] == [(0, 1), (1, 0)]


def test_a_refused_token_stops_the_sending() -> None:
    def post(batch: Batch) -> BatchAnswer:
        raise Refused("no", status=401, problem=Problem(title="Unauthorized"))

    settled = send_all([an_event(index) for index in range(250)], post)

    assert [(one.unknown, one.rejected, bool(one.stopped_by)) for one in settled] == [(0, (), True)]


def test_a_call_is_made_again_until_it_succeeds() -> None:
    time = FakeTime()
    call = failing(Unreachable("away"), Unavailable("busy"), Unreachable("away"))

    assert persist(call, time.retry(60.0)) == "done"
    assert len(time.slept) == 3


def test_waiting_grows_and_is_never_shorter_than_asked() -> None:
    time = FakeTime()
    call = failing(*[Unreachable("away")] * 6, Unavailable("busy", retry_after_s=7.0))

    persist(call, time.retry(60.0))

    assert time.slept[:6] == sorted(time.slept[:6])
    assert time.slept[6] >= 7.0


def test_chance_spreads_the_waiting() -> None:
    early, late = FakeTime(), FakeTime()

    persist(failing(Unreachable("away")), early.retry(60.0, chance=0.0))
    persist(failing(Unreachable("away")), late.retry(60.0, chance=1.0))

    assert early.slept < late.slept


def test_the_bound_holds() -> None:
    time = FakeTime()

    with pytest.raises(Unreachable):
        persist(failing(*[Unreachable("away")] * 1000), time.retry(60.0))

    assert 50.0 < sum(time.slept) <= 60.0


def test_a_refusal_is_not_tried_again() -> None:
    time = FakeTime()

    with pytest.raises(Refused):
        persist(failing(Refused("no", status=422, problem=Problem())), time.retry(60.0))

    assert time.slept == []
