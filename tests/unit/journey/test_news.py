"""News of new touchpoints."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from percorso.journey.timelines.news import News, payloads, read
from percorso.journey.timelines.streams import MAX_WAITING, Stream, Streams

times = st.datetimes(datetime(1996, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
news = st.builds(News, st.uuids(), st.tuples(times, st.integers(0, 2**62), st.uuids()))


@given(st.lists(news, max_size=300))
def test_news_are_read_as_they_were_written(written: list[News]) -> None:
    sent = list(payloads(written))

    assert [each for payload in sent for each in read(payload)] == written
    assert all(len(payload) < 8_000 for payload in sent)


def some_news(number: int = 1) -> News:
    return News(UUID(int=number), (datetime(2026, 5, 4, tzinfo=UTC), 0, UUID(int=1)))


async def test_a_stream_hears_of_its_own_subjects_only() -> None:
    streams = Streams(None)  # it never listens here
    with streams.opened([UUID(int=1), UUID(int=2)]) as mine, streams.opened([UUID(int=3)]) as other:
        for payload in payloads([some_news(1), some_news(2), some_news(3)]):
            streams._hear(None, 0, "", payload)

        assert [await mine.next(1), await mine.next(1)] == [some_news(1), some_news(2)]
        assert await other.next(1) == some_news(3)


async def test_a_stream_follows_links() -> None:
    streams = Streams(None)  # it never listens here
    with streams.opened([UUID(int=1)]) as stream:
        streams.follow(stream, [UUID(int=2)])
        for payload in payloads([some_news(1), some_news(2)]):
            streams._hear(None, 0, "", payload)

        assert await stream.next(1) == some_news(2)


async def test_a_reader_who_is_too_slow_costs_a_bounded_queue() -> None:
    stream = Stream([UUID(int=1)])
    for _ in range(MAX_WAITING + 10):
        stream.tell(some_news())

    assert stream._waiting.qsize() == MAX_WAITING


async def test_a_closed_stream_is_forgotten() -> None:
    streams = Streams(None)  # it never listens here
    with streams.opened([UUID(int=1)]):
        pass

    assert not streams._by_subject
    streams.check_room()
