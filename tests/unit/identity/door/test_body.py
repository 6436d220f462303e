"""Bodies: within the bounds of one and of all, and never waited for without end."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from percorso.chassis.problems import MalformedBody
from percorso.events.errors import QueueFull
from percorso.identity.door import body as bodies
from percorso.identity.door.body import MAX_DRAINED_BYTES, MAX_HELD_BYTES, Body, Budget
from percorso.identity.door.refusals import BodyTooLarge

MIB = 1024 * 1024


class Client:
    """Sends parts of a body; what is asked for beyond them never comes, or is a disconnect."""

    def __init__(self, parts: Sequence[bytes], *, ends: bool = True, leaves: bool = False) -> None:
        self.asked = 0
        self._messages: list[Message] = [
            {"type": "http.request", "body": part, "more_body": True} for part in parts
        ]
        if ends:
            self._messages[-1]["more_body"] = False
        if leaves:
            self._messages.append({"type": "http.disconnect"})

    async def receive(self) -> Message:
        """Give the next part."""
        self.asked += 1
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)


def of(client: Client, budget: Budget | None = None) -> Body:
    """Return the client's body."""
    receive: Receive = client.receive
    return Body(receive, budget or Budget())


@pytest.mark.parametrize("parts", [[b""], [b"abc"], [b"a", b"", b"bc"], [b"", b""]])
async def test_a_body_is_read_whole(parts: list[bytes]) -> None:
    assert await of(Client(parts)).read() == b"".join(parts)


async def test_a_body_of_4_mib_is_read_and_one_byte_more_is_refused() -> None:
    assert len(await of(Client([b"x" * MIB] * 4)).read()) == 4 * MIB

    with pytest.raises(BodyTooLarge) as caught:
        await of(Client([b"x" * MIB] * 4 + [b"x"])).read()

    assert caught.value.detail == "a request has at most 4194304 bytes"
    assert caught.value.headers == {"Connection": "close"}


async def test_8_mib_are_drained_and_no_more() -> None:
    client = Client([b"x" * MIB] * 100)
    body = of(client)
    with pytest.raises(BodyTooLarge):
        await body.read()
    read = client.asked

    await body.drain()

    assert client.asked - read == MAX_DRAINED_BYTES // MIB + 1


async def test_draining_what_was_read_asks_for_nothing() -> None:
    client = Client([b"abc"])
    body = of(client)
    await body.read()

    await body.drain()

    assert client.asked == 1


async def test_what_all_bodies_hold_is_bounded_and_given_back() -> None:
    budget = Budget()
    held = [of(Client([b"x" * 4 * MIB]), budget) for _ in range(MAX_HELD_BYTES // (4 * MIB))]
    for body in held:
        await body.read()
    late = of(Client([b"x"]), budget)

    with pytest.raises(QueueFull):
        await late.read()

    late.release()
    held[0].release()
    held[0].release()
    assert budget.held == MAX_HELD_BYTES - 4 * MIB
    await of(Client([b"x"]), budget).read()


async def test_a_client_that_leaves_holds_nothing() -> None:
    budget = Budget()
    body = of(Client([b"abc"], ends=False, leaves=True), budget)

    with pytest.raises(ClientDisconnect):
        await body.read()

    body.release()
    assert budget.held == 0


async def test_a_body_whose_end_does_not_come_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_DEADLINE_S", 0.05)
    body = of(Client([b"abc"], ends=False))

    with pytest.raises(MalformedBody) as caught:
        await body.read()

    assert caught.value.detail == "the body did not arrive in time"
    assert caught.value.headers == {"Connection": "close"}
    await body.drain()


async def test_draining_waits_no_longer_than_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_DEADLINE_S", 0.05)

    with pytest.raises(MalformedBody):
        await of(Client([b"abc"], ends=False)).drain()
