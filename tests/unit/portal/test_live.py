"""Open streams: as many as are counted, whatever becomes of the browser."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Away, Ended
from percorso.portal.timeline import stream_api
from percorso.portal.timeline.stream_api import Live


def live(status: int = 200) -> Live:
    """Return streams of a journey that answers so."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=": heartbeat\n\n"))
    return Live(Apis(httpx.AsyncClient(transport=transport), {"journey": "http://journey"}))


async def test_a_stream_is_counted_until_it_ends_once() -> None:
    streams = live()
    one, _ = await streams.begin("Bearer a"), await streams.begin("Bearer b")
    assert streams.open == 2

    await one.end()
    await one.end()

    assert streams.open == 1
    assert one.answer.is_closed


@pytest.mark.parametrize(("status", "error"), [(401, Ended), (503, Away)])
async def test_what_was_refused_is_not_open(status: int, error: type[Exception]) -> None:
    streams = live(status)

    with pytest.raises(error):
        await streams.begin("Bearer a")

    assert streams.open == 0


async def test_no_more_are_opened_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_api, "MOST", 2)
    streams = live()
    await streams.begin("Bearer a")
    last = await streams.begin("Bearer b")

    with pytest.raises(Away):
        await streams.begin("Bearer c")
    await last.end()
    await streams.begin("Bearer c")


async def test_a_browser_that_has_left_before_the_first_byte_leaves_nothing_open() -> None:
    streams = live()
    following = await streams.begin("Bearer a")

    async def events() -> AsyncIterator[bytes]:
        yield b"never begun"

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        await asyncio.Event().wait()

    answer = StreamingResponse(events(), background=BackgroundTask(following.end))
    await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    assert streams.open == 0
