"""Says which subjects are one citizen and takes it back, until each request is settled."""

import asyncio
import time
from itertools import count
from random import Random
from zlib import crc32

import msgspec

from percorso.city.claims import Claim
from tests.chaos.callers import Callers, bearer
from tests.chaos.claims import Claims
from tests.chaos.ledger import Claimed, Decided, GivenUp, Ledger, now
from tests.chaos.malformed import LINKS
from tests.chaos.sender import FIRST_WAIT_S, LONGEST_WAIT_S, SETTLE_S, Reply, ask
from tests.chaos.subjects import Subject

LINKERS = 6
PAUSE_S = (0.2, 1.0)  # slower than the city claims, so that there is something to ask in an outage
ABANDONED = 0.2  # of the requests are not made again when their outcome is unknown
BY_CITIZEN = 0.3  # of the links are undone by whom they are about

_Key = tuple[str, str, str, str]  # who says it, on what ground, of which two


class _Answer(msgspec.Struct):
    link_id: str | None = None


class Linker:
    """Six linkers; what is claimed of the same subjects on one ground is asked in its order."""

    def __init__(self, callers: Callers, ledger: Ledger, claims: Claims, seed: int) -> None:
        self._callers = callers
        self._ledger = ledger
        self._claims = claims
        self._random = Random(f"linker {seed}")
        self._waiting: list[asyncio.Queue[Claim]] = [asyncio.Queue() for _ in range(LINKERS)]
        self._links: dict[_Key, str] = {}
        self._requests = count(1)

    def hear(self, claim: Claim) -> None:
        """Have the city's claim, and those around it, made soon."""
        for each in self._claims.around(claim):
            number = crc32("/".join(_key(each)).encode()) % LINKERS
            self._waiting[number].put_nowait(each)

    async def run(self, seconds: float) -> None:
        """Make claims for so many seconds; what waits then is never made."""
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            for number, waiting in enumerate(self._waiting):
                tasks.create_task(self._work(waiting, end), name=f"linker {number}")

    async def _work(self, waiting: asyncio.Queue[Claim], end: float) -> None:
        while (left_s := end - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    claim = await waiting.get()
            except TimeoutError:
                return
            await self._settle(claim)
            await asyncio.sleep(self._random.uniform(*PAUSE_S))

    async def _settle(self, claim: Claim) -> None:
        link_id = self._links.get(_key(claim)) if claim.is_undone else None
        if claim.is_undone and link_id is None:
            return
        headers = self._headers(claim)
        request, is_abandoned = next(self._requests), self._random.random() < ABANDONED
        give_up_at, wait_s, attempt = time.monotonic() + SETTLE_S, FIRST_WAIT_S, 1
        while (await self._ask(claim, request, attempt, headers, link_id)).is_unknown:
            if is_abandoned or time.monotonic() > give_up_at:
                self._ledger.add(GivenUp(now(), request, is_abandoned))
                return
            await asyncio.sleep(wait_s * self._random.uniform(0.5, 1.5))
            wait_s, attempt = min(wait_s * 2, LONGEST_WAIT_S), attempt + 1

    def _headers(self, claim: Claim) -> dict[str, str]:
        token = self._callers.agencies[claim.agency]
        if claim.is_undone and self._random.random() < BY_CITIZEN:
            token = self._callers.citizens[Subject(*claim.subjects[1]).name]
        return {**bearer(token), "Content-Type": "application/json"}

    async def _ask(
        self,
        claim: Claim,
        request: int,
        attempt: int,
        headers: dict[str, str],
        link_id: str | None,
    ) -> Reply:
        one, other = (Subject(*subject) for subject in claim.subjects)
        names, reference = (one.name, other.name), claim.reference
        self._ledger.add(Claimed(now(), request, attempt, claim.agency, reference, names, link_id))
        proof = {"kind": "agency", "reference": reference}
        body = msgspec.json.encode({"subjects": [one.identifier, other.identifier], "proof": proof})
        method, path, content = (
            ("DELETE", f"{LINKS}/{link_id}", b"") if link_id else ("POST", LINKS, body)
        )
        reply = await ask(self._callers.identity, method, path, content, headers)
        self._ledger.add(self._decided(claim, request, attempt, reply))
        return reply

    def _decided(self, claim: Claim, request: int, attempt: int, reply: Reply) -> Decided:
        link_id = None
        if reply.status == 201:
            link_id = msgspec.json.decode(reply.body, type=_Answer).link_id
        if link_id is not None:
            self._links[_key(claim)] = link_id
        return Decided(
            at=now(),
            request=request,
            attempt=attempt,
            elapsed_s=reply.elapsed_s,
            status=reply.status,
            retry_after=reply.retry_after,
            link_id=link_id,
            body=reply.body.decode("utf-8", "replace"),
        )


def _key(claim: Claim) -> _Key:
    one, other = (Subject(*subject).name for subject in claim.subjects)
    return claim.agency, claim.reference, one, other
