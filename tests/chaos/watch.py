"""Watches the stack from outside while it suffers: health, status, memory and metrics."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import psutil

from tests.chaos.ledger import Ledger, Watched, Weighed, now
from tests.chaos.stack import SERVICES, NotReady, Stack

EVERY_S = 0.5
ANSWER_TIMEOUT_S = 2.5
METRICS_EVERY_S = 5.0
RECOVERY_TIMEOUT_S = 90.0
END_IS_KNOWN_FOR_S = 6.0  # "caught up" may be said for 5 s after the topic's end was read


class Watch:
    """Notes what operators would see; `metrics` holds every different line of all metrics pages."""

    def __init__(self, stack: Stack, ledger: Ledger) -> None:
        self._stack = stack
        self._ledger = ledger
        self.metrics: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look twice a second until `stop` is set."""
        async with _client() as client:
            scraped_at = 0.0
            while not stop.is_set():
                await self.look(client)
                await asyncio.to_thread(self._weigh)
                if time.monotonic() - scraped_at > METRICS_EVERY_S:
                    await self.scrape(client)
                    scraped_at = time.monotonic()
                await asyncio.sleep(EVERY_S)

    async def until_recovered(self) -> bool:
        """Return True when all is ready and what was written before is applied; False after 90 s."""
        begun = time.monotonic()
        async with _client() as client:
            while time.monotonic() - begun < RECOVERY_TIMEOUT_S:
                await asyncio.sleep(EVERY_S)
                seen = await self.look(client)
                is_new = time.monotonic() - begun > END_IS_KNOWN_FOR_S
                if is_new and seen.identity_ready and seen.journey_ready and is_caught_up(seen):
                    await self.scrape(client)
                    return True
        return False

    async def look(self, client: httpx.AsyncClient) -> Watched:
        """Ask both services once."""
        identity, journey = (self._stack.addresses[name] for name in ("identity", "journey"))
        asked = (f"{identity}/readyz", f"{journey}/readyz", f"{journey}/status")
        identity_said, journey_said, status = await asyncio.gather(
            *(_json(client, url) for url in asked)
        )
        seen = Watched(
            at=now(),
            identity_ready=_is_ready(identity_said),
            journey_ready=_is_ready(journey_said),
            **{name: status.get(name) for name in _FIGURES},
        )
        self._ledger.add(seen)
        return seen

    async def scrape(self, client: httpx.AsyncClient) -> None:
        """Keep the metrics of all three processes, since a killed one forgets its own."""
        for name in SERVICES:
            for port in await asyncio.to_thread(self._ports, name):
                text = await _text(client, f"http://127.0.0.1:{port}/metrics")
                self.metrics.update(text.splitlines())

    def _ports(self, name: str) -> list[int]:
        process = self._stack.processes().get(name)
        try:
            return self._stack.ports(name) if process else []
        except (psutil.Error, NotReady):
            return []

    def _weigh(self) -> None:
        processes = self._stack.processes()
        for name in SERVICES:
            try:
                size = processes[name].memory_info().rss
            except (KeyError, psutil.Error):
                continue
            self._ledger.add(Weighed(now(), name, size))


_FIGURES = ("lag", "freshness_ms", "touchpoints", "dead_letters")


def is_caught_up(seen: Watched) -> bool:
    """Whether every record of the topic is applied, by the service's own word."""
    return seen.lag == 0 and seen.freshness_ms == 0


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=ANSWER_TIMEOUT_S, trust_env=False)


async def _json(client: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = msgspec.json.decode((await client.get(url)).content)
    except (httpx.HTTPError, msgspec.MsgspecError):
        return {}
    return answer


async def _text(client: httpx.AsyncClient, url: str) -> str:
    try:
        return (await client.get(url)).text
    except httpx.HTTPError:
        return ""


def _is_ready(said: Mapping[str, Any]) -> bool | None:
    return said["status"] == "ready" if "status" in said else None
