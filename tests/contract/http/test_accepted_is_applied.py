"""What the door accepts, journey can apply: an accepted event is never a dead letter."""

import pytest
from hypothesis import given, settings

from percorso.events.kafka.codec import encode
from percorso.identity.door.refusals import Refused
from percorso.journey.timelines.facts import entry
from tests.support.batches import a_batch
from tests.support.doors import judged, with_text
from tests.unit.identity.door.strategies import broken, events


def check(raw: bytes) -> None:
    """Assert that the event is refused, or has its row in a timeline."""
    try:
        event = judged(raw)
    except Refused:
        return
    batch = a_batch([encode(event)])
    (delivery,) = batch.deliveries
    assert not batch.dead
    row = entry(delivery.event).touchpoint
    assert (row.subject, row.occurred_at, row.id) == (event.subject, event.time, event.id)
    assert row.touchpoint.encode() == event.touchpoint


@settings(max_examples=200, deadline=None)
@given(events())
def test_what_is_nearly_an_event_is_refused_or_applied(raw: bytes) -> None:
    check(raw)


@settings(max_examples=100, deadline=None)
@given(broken())
def test_a_broken_event_is_refused_or_applied(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize(
    "details", ['{"a":1e308}', '{"a":%s}' % ("9" * 400), '{"a":0.1e-400}', "null", "{}"]
)
def test_a_number_of_any_size_is_refused_or_applied(details: str) -> None:
    check(with_text(f'{{"channel":"01.1.1","name":"x","details":{details}}}'))


@pytest.mark.parametrize("depth", [1, 50, 190, 250])
def test_nesting_is_refused_or_applied(depth: int) -> None:
    nested = "[" * depth + "]" * depth

    check(with_text(f'{{"channel":"01.1.1","name":"x","details":{{"a":{nested}}}}}'))
