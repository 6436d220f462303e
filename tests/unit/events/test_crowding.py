"""A publisher says early that it is crowded, so that nobody judges in vain."""

import pytest

from percorso.events.errors import QueueFull
from percorso.events.kafka.codec import encode
from percorso.events.kafka.publisher import CROWDED_RECORDS, MAX_QUEUED_RECORDS, Publisher, _Request
from percorso.events.topics import TOUCHPOINTS
from tests.support.events import an_event


async def test_a_publisher_is_crowded_long_before_its_queue_is_full() -> None:
    publisher, record = Publisher("127.0.0.1:1", TOUCHPOINTS), encode(an_event())
    publisher.check_room()

    publisher._enqueue(_Request([record] * (CROWDED_RECORDS - 1)))
    publisher.check_room()
    publisher._enqueue(_Request([record]))

    with pytest.raises(QueueFull):
        publisher.check_room()
    assert CROWDED_RECORDS < MAX_QUEUED_RECORDS
