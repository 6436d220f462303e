"""Reads request bodies within bounds: of one request, and of all that are under way."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from percorso.chassis.problems import MalformedBody
from percorso.events.errors import QueueFull
from percorso.events.limits import MAX_REQUEST_BYTES
from percorso.identity.door.refusals import BodyTooLarge

MAX_DRAINED_BYTES = 8 * 1024 * 1024
# Of all requests together: sixteen of the largest, so that a slow broker cannot fill the memory.
MAX_HELD_BYTES = 16 * MAX_REQUEST_BYTES
# From a body's first part to its last. A peer that vanished says no goodbye, and without an end
# would keep for ever what it holds of the common bound.
BODY_DEADLINE_S = 30.0


class Budget:
    """Counts the bytes that all requests under way hold."""

    def __init__(self) -> None:
        self.held = 0

    def take(self, size: int) -> None:
        """Count bytes in; QueueFull past the bound, though they are counted then too."""
        self.held += size
        if self.held > MAX_HELD_BYTES:
            raise QueueFull("too many bytes are under way")

    def give_back(self, size: int) -> None:
        """Count bytes out."""
        self.held -= size


class Body:
    """One request's body; what it holds of the budget is given back by `release`."""

    def __init__(self, receive: Receive, budget: Budget) -> None:
        self._receive = receive
        self._budget = budget
        self._taken = 0
        self._is_read = False
        self._deadline: float | None = None

    async def read(self) -> bytes:
        """Return the whole body; BodyTooLarge past 4 MiB, QueueFull past the common budget.

        MalformedBody when its end does not arrive within the deadline.
        """
        chunks = []
        async for chunk in self._chunks():
            self._taken += len(chunk)
            self._budget.take(len(chunk))
            if self._taken > MAX_REQUEST_BYTES:
                raise BodyTooLarge(f"a request has at most {MAX_REQUEST_BYTES} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def drain(self) -> None:
        """Read and forget what is left, 8 MiB at the most.

        A client that is still sending when it is answered and cut off sees a reset, no answer.
        """
        self._set_deadline()
        drained = 0
        async for chunk in self._chunks():
            drained += len(chunk)
            if drained > MAX_DRAINED_BYTES:
                return

    def release(self) -> None:
        """Give back what was taken; again is harmless."""
        self._budget.give_back(self._taken)
        self._taken = 0

    async def _chunks(self) -> AsyncIterator[bytes]:
        while not self._is_read:
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._is_read = not message.get("more_body", False)
            yield message.get("body", b"")

    async def _next(self) -> Message:
        if self._deadline is None:  # most bodies come in one part, and need no clock
            message = await self._receive()
            if message.get("more_body", False):
                self._set_deadline()
            return message
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            self._is_read = True
            raise MalformedBody(
                "the body did not arrive in time", headers={"Connection": "close"}
            ) from None

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + BODY_DEADLINE_S
