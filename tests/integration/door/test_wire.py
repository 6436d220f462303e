"""The door on a socket: bodies of every size and shape, and clients that misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from percorso.identity.door import body as bodies
from percorso.identity.door.api import ROUTE, Door
from percorso.identity.door.reading import BATCH, SINGLE
from tests.support import wires
from tests.support.doors import an_event, written
from tests.support.identities import PATH, Identity
from tests.support.records import Records
from tests.support.waiting import until
from tests.support.wires import Listener, Wire, chunked, request

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

MIB = 1024 * 1024
EVENT = written(an_event())


@pytest.fixture(scope="module")
async def listener(door: Identity) -> AsyncIterator[Listener]:
    """Give the door's socket."""
    async with wires.listening(door.app) as listener:
        yield listener


@pytest.fixture
async def wire(listener: Listener) -> AsyncIterator[Wire]:
    """Give a connection to the door."""
    async with listener.connection() as wire:
        yield wire


def held(door: Identity) -> int:
    """Return how many bytes of bodies the door holds."""
    endpoint = door.parts.hot[ROUTE]
    assert isinstance(endpoint, Door)
    return endpoint._budget.held


def posting(door: Identity, body: bytes = EVENT, media_type: str = SINGLE, **more: str) -> bytes:
    """Write a request of the agency."""
    return request(door.headers(media_type), body, **more)


async def test_one_connection_takes_many_requests(door: Identity, wire: Wire) -> None:
    for _ in range(3):
        await wire.send(posting(door))
        assert (await wire.answer()).status == 202


async def test_requests_may_be_pipelined(door: Identity, wire: Wire) -> None:
    await wire.send(posting(door) + posting(door, b"{") + posting(door))

    assert [(await wire.answer()).status for _ in range(3)] == [202, 400, 202]


async def test_a_body_may_come_byte_by_byte(door: Identity, wire: Wire) -> None:
    for byte in posting(door):
        await wire.send(bytes([byte]))

    assert (await wire.answer()).json() == {"accepted": 1, "rejected": []}


async def test_a_body_may_come_in_chunks(door: Identity, wire: Wire) -> None:
    head = posting(door, b"", Content_Length="", Transfer_Encoding="chunked")

    await wire.send(head, chunked(EVENT[:1], EVENT[1:90], EVENT[90:]))

    assert (await wire.answer()).json() == {"accepted": 1, "rejected": []}


async def test_a_client_may_wait_to_be_told_to_go_on(door: Identity, wire: Wire) -> None:
    await wire.send(posting(door, b"", Content_Length=str(len(EVENT)), Expect="100-continue"))

    assert (await wire.answer()).status == 100
    await wire.send(EVENT)
    assert (await wire.answer()).status == 202


async def test_a_client_may_offer_http_2(door: Identity, wire: Wire) -> None:
    await wire.send(
        posting(
            door, Connection="Upgrade, HTTP2-Settings", Upgrade="h2c", HTTP2_Settings="AAMAAABk"
        )
    )

    assert (await wire.answer()).status == 202


@pytest.mark.parametrize("size", [4 * MIB + 1, 5 * MIB, 12 * MIB])
async def test_too_large_a_body_is_taken_to_its_end_answered_and_cut_off(
    door: Identity, topic: Records, wire: Wire, size: int
) -> None:
    await wire.send(posting(door, b" " * size, BATCH))

    answer = await wire.answer()

    assert answer.status == 413
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == "application/problem+json"
    assert await wire.is_closed()
    assert (held(door), await topic.count()) == (0, 0)


async def test_too_large_a_body_in_chunks_is_answered_too(door: Identity, wire: Wire) -> None:
    head = posting(door, b"", BATCH, Content_Length="", Transfer_Encoding="chunked")

    await wire.send(head, chunked(*[b" " * MIB] * 5))

    assert (await wire.answer()).status == 413
    assert await wire.is_closed()


async def test_a_body_without_end_is_cut_off(door: Identity, wire: Wire) -> None:
    await wire.send(posting(door, b"", BATCH, Content_Length=str(2**40)))

    await wire.send(*[b" " * MIB] * 64)

    assert await wire.is_cut_off()
    await until(lambda: held(door) == 0)


async def test_a_refused_sender_of_much_gets_its_answer(door: Identity, wire: Wire) -> None:
    await wire.send(posting(door, b" " * (7 * MIB), Authorization="Bearer x"))

    assert (await wire.answer()).status == 401
    await wire.send(posting(door))
    assert (await wire.answer()).status == 202


@pytest.mark.parametrize("sent", [0, 1, 100, 3 * MIB])
async def test_a_client_that_leaves_within_its_body_leaves_nothing(
    door: Identity, topic: Records, listener: Listener, sent: int
) -> None:
    async with listener.connection() as leaving:
        await leaving.send(posting(door, b" " * sent, BATCH, Content_Length=str(4 * MIB)))
        await until(lambda: held(door) == sent)
        leaving.cut()

    await until(lambda: held(door) == 0)
    assert await topic.count() == 0


async def test_a_body_whose_end_does_not_come_is_cut_off(
    door: Identity, topic: Records, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_DEADLINE_S", 0.1)

    await wire.send(posting(door, EVENT, Content_Length=str(len(EVENT) + 1)))

    answer = await wire.answer()
    assert answer.status == 400
    assert answer.json()["detail"] == "the body did not arrive in time"
    assert await wire.is_closed()
    assert (held(door), await topic.count()) == (0, 0)


async def test_a_body_longer_than_it_says_is_refused_whole(
    door: Identity, topic: Records, wire: Wire
) -> None:
    await wire.send(posting(door, EVENT, Content_Length=str(len(EVENT) - 1)))

    assert (await wire.answer()).status == 400
    assert await wire.is_closed()
    assert await topic.count() == 0


@pytest.mark.parametrize(
    "garbage", [b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"{}{}{}\r\n\r\n", b"\x16\x03\x01\x02\x00"]
)
async def test_garbage_after_a_request_ends_the_connection(
    door: Identity, topic: Records, wire: Wire, garbage: bytes
) -> None:
    await wire.send(posting(door))
    first = await wire.answer()
    await wire.send(garbage)

    assert first.status == 202
    assert (await wire.answer()).status == 400
    assert await wire.is_closed()
    assert await topic.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"Transfer_Encoding": "chunked"},
        {"Content_Length": "-1"},
        {"Content_Length": "1, 2"},
        {"Content_Length": "0x10"},
        {"Transfer_Encoding": "gzip, chunked", "Content_Length": ""},
    ],
)
async def test_a_doubtful_length_stores_nothing(
    door: Identity, topic: Records, wire: Wire, more: dict[str, str]
) -> None:
    await wire.send(posting(door, EVENT, **more))

    assert (await wire.answer()).status == 400
    assert await topic.count() == 0


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "PATCH"])
async def test_another_method_is_405(door: Identity, wire: Wire, method: str) -> None:
    await wire.send(posting(door, line=f"{method} {PATH}"))

    answer = await wire.answer()

    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_head_is_405_without_a_body(door: Identity, wire: Wire) -> None:
    await wire.send(posting(door, b"", line=f"HEAD {PATH}"))

    assert (await wire.answer(has_body=False)).status == 405
    await wire.send(posting(door))
    assert (await wire.answer()).status == 202


async def test_a_long_token_is_401(door: Identity, wire: Wire) -> None:
    await wire.send(posting(door, Authorization=f"Bearer {'x' * 60_000}"))

    assert (await wire.answer()).status == 401


@pytest.mark.parametrize("head", [b"X: %b", b"X: y\r\n%b", b"%b: y"])
async def test_a_head_without_end_is_cut_off(door: Identity, wire: Wire, head: bytes) -> None:
    await wire.send(b"POST /v1/events HTTP/1.1\r\n", *[head % (b"x" * 16_384)] * 64)

    assert await wire.is_cut_off()


async def test_a_large_body_behind_a_head_is_no_head(door: Identity, wire: Wire) -> None:
    for _ in range(2):
        await wire.send(posting(door, b" " * (2 * MIB) + b"[" + EVENT + b"]", BATCH))
        assert (await wire.answer()).status == 202


@asynccontextmanager
async def slow_senders(
    door: Identity, listener: Listener, *, count: int, sent: int
) -> AsyncIterator[None]:
    """Let so many clients stay within their bodies meanwhile."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(listener.connection()) for _ in range(count)]
        beginning = posting(door, b" " * sent, BATCH, Content_Length=str(4 * MIB))
        await asyncio.gather(*(wire.send(beginning) for wire in wires))
        await until(lambda: held(door) >= count * sent)
        yield
    await until(lambda: held(door) == 0)


async def test_many_slow_senders_do_not_close_the_door(
    door: Identity, listener: Listener, wire: Wire
) -> None:
    async with slow_senders(door, listener, count=30, sent=MIB // 2):
        await wire.send(posting(door))

        assert (await wire.answer()).status == 202


async def test_more_than_all_may_hold_is_429(
    door: Identity, listener: Listener, wire: Wire
) -> None:
    async with slow_senders(door, listener, count=16, sent=4 * MIB - 1):
        await wire.send(posting(door))
        answer = await wire.answer()

    assert answer.status == 429
    assert answer.headers["retry-after"] == "1"
