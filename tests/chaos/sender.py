"""Sends requests to the door until each is settled, and malformed ones beside them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import httpx
import msgspec

from tests.chaos import malformed
from tests.chaos.callers import Callers, bearer
from tests.chaos.ledger import Answered, GivenUp, Ledger, Offended, Sent, now
from tests.chaos.load import Load, Request
from tests.chaos.malformed import Offence
from tests.chaos.subjects import AGENCY, OF_ALL_AGENCIES, Subject

SENDERS = 10
REQUESTS_A_SECOND = 15.0  # of 11 events on average
SETTLE_S = 90.0  # for one request, over all its attempts
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 3.0
OFFENCE_EVERY_S = 0.4
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class _Rejected(msgspec.Struct):
    index: int


class _Answer(msgspec.Struct):
    accepted: int = 0
    rejected: list[_Rejected] = []


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or that there was none."""

    elapsed_s: float
    status: int | None
    body: bytes = b""
    retry_after: str | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether the request has to be sent again to know what became of it."""
        return self.status is None or self.status in TRY_AGAIN


class Sender:
    """Ten senders that take requests in turn, at a steady rate while they can."""

    def __init__(self, callers: Callers, ledger: Ledger, seed: int) -> None:
        self._callers = callers
        self._ledger = ledger
        self._random = Random(f"sender {seed}")
        self._waiting: asyncio.Queue[Request | None] = asyncio.Queue(maxsize=SENDERS)

    async def run(self, load: Load, seconds: float) -> None:
        """Send for so many seconds; return when every request is settled or given up."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(SENDERS):
                tasks.create_task(self._send_all(), name=f"sender {number}")
            await self._pace(load, seconds)
            for _ in range(SENDERS):
                await self._waiting.put(None)

    async def _pace(self, load: Load, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due, end = loop.time(), loop.time() + seconds
        while loop.time() < end:
            await self._waiting.put(load.next_request())
            # What an outage held up is not made up for in a burst.
            due = max(due + 1 / REQUESTS_A_SECOND, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _send_all(self) -> None:
        while request := await self._waiting.get():
            await self.send(request)

    async def send(self, request: Request) -> None:
        """Send one request until it is settled or given up."""
        for made in request.made:
            self._ledger.add(made)
        await self._settle(request)

    async def _settle(self, request: Request) -> None:
        give_up_at = time.monotonic() + SETTLE_S
        wait_s, attempt = FIRST_WAIT_S, 1
        while (await self._send(request, attempt)).is_unknown:
            if request.is_abandoned or time.monotonic() > give_up_at:
                self._ledger.add(GivenUp(now(), request.number, request.is_abandoned))
                return
            await asyncio.sleep(wait_s * self._random.uniform(0.5, 1.5))
            wait_s, attempt = min(wait_s * 2, LONGEST_WAIT_S), attempt + 1

    async def _send(self, request: Request, attempt: int) -> Reply:
        self._ledger.add(Sent(now(), request.number, attempt, request.ids, request.stores))
        headers = bearer(self._callers.agencies[request.agency]) | request.headers
        path = malformed.EVENTS if request.stores else f"{malformed.EVENTS}?validate=true"
        reply = await ask(self._callers.identity, "POST", path, request.body, headers)
        self._ledger.add(_answered(request, attempt, reply))
        return reply


def _answered(request: Request, attempt: int, reply: Reply) -> Answered:
    answer = _Answer()
    if reply.status is not None and not reply.is_unknown:
        answer = msgspec.json.decode(reply.body, type=_Answer)
    return Answered(
        at=now(),
        request=request.number,
        attempt=attempt,
        elapsed_s=reply.elapsed_s,
        status=reply.status,
        retry_after=reply.retry_after,
        accepted=answer.accepted,
        refused=[rejected.index for rejected in answer.rejected],
        body=reply.body.decode("utf-8", "replace"),
    )


class Offender:
    """Sends malformed requests, one after the other in random order."""

    def __init__(
        self, callers: Callers, ledger: Ledger, subjects: Sequence[Subject], seed: int, text: str
    ) -> None:
        self._callers = callers
        self._ledger = ledger
        self._subjects = [each for each in subjects if each.scheme in OF_ALL_AGENCIES]
        self._random = Random(f"offences {seed}")
        self._text = text

    async def run(self, seconds: float) -> None:
        """Offend for so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self._offend(self._random.choice(self._offences()))
            await asyncio.sleep(OFFENCE_EVERY_S)

    async def run_once(self) -> None:
        """Offend once in every way, when all is well."""
        for offence in self._offences():
            await self._offend(offence, is_final=True)

    def _offences(self) -> list[Offence]:
        subject = self._random.choice(self._subjects)
        return list(malformed.offences(subject, self._text, self._callers.agencies[AGENCY]))

    async def _offend(self, offence: Offence, *, is_final: bool = False) -> None:
        at = self._callers.identity if offence.service == "identity" else self._callers.journey
        reply = await ask(at, offence.method, offence.path, offence.content, offence.headers)
        self._ledger.add(
            Offended(
                at=now(),
                offence=offence.name,
                expected=list(offence.expected),
                elapsed_s=reply.elapsed_s,
                status=reply.status,
                retry_after=reply.retry_after,
                body=reply.body.decode("utf-8", "replace"),
                is_final=is_final,
            )
        )


async def ask(
    client: httpx.AsyncClient, method: str, path: str, content: bytes, headers: object
) -> Reply:
    """Make one call; a broken connection or a timeout is a reply without a status."""
    started = time.monotonic()
    try:
        answer = await client.request(method, path, content=content or None, headers=headers)  # type: ignore[arg-type]
    except httpx.HTTPError:
        return Reply(time.monotonic() - started, None)
    elapsed_s = time.monotonic() - started
    return Reply(elapsed_s, answer.status_code, answer.content, answer.headers.get("Retry-After"))
