"""The registry: asked without waiting, refreshed beside it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from percorso.chassis.testing import FakeClock
from percorso.events.errors import Unavailable
from percorso.identity.agencies import registry as registries
from percorso.identity.agencies.registrations import Agency
from percorso.identity.agencies.registry import Registry
from tests.support.waiting import until


def an_agency(code: str = "c_a182", *sources: str) -> Agency:
    """Make a registered agency."""
    created_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Agency(code, links=False, sources=sources or (f"urn:it:{code}:",), created_at=created_at)


class Shelf:
    """Where a registry loads from; counts the loads."""

    def __init__(self, *agencies: Agency) -> None:
        self.agencies: Iterable[Agency] = agencies
        self.loads = 0
        self.is_away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self) -> Iterable[Agency]:
        """Return the agencies as they stand when the gate opens."""
        self.loads += 1
        await self.gate.wait()
        if self.is_away:
            raise Unavailable
        return self.agencies


@asynccontextmanager
async def running(registry: Registry) -> AsyncIterator[None]:
    """Run the registry's worker meanwhile."""
    stop = asyncio.Event()
    task = asyncio.create_task(registry.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def test_nothing_is_known_before_the_first_load() -> None:
    shelf = Shelf(an_agency())
    shelf.is_away = True
    registry = Registry(shelf.load)

    assert await registry.check() == "agencies are not loaded yet"
    with pytest.raises(Unavailable):
        registry.agency("c_a182")
    with pytest.raises(Unavailable):
        await registry.find("c_a182")


async def test_agency_owns_what_begins_with_its_prefixes() -> None:
    registry = Registry(Shelf(an_agency("c_a182", "urn:it:c_a182:", "https://a.example/")).load)

    await registry.refresh()

    assert await registry.check() is None
    assert registry.owns("c_a182", "urn:it:c_a182:anagrafe")
    assert registry.owns("c_a182", "https://a.example/")
    assert not registry.owns("c_a182", "urn:it:c_a18")
    assert not registry.owns("m_lps", "urn:it:c_a182:anagrafe")


async def test_last_known_stays_while_the_database_is_away() -> None:
    shelf = Shelf(an_agency())
    registry = Registry(shelf.load)
    await registry.refresh()

    shelf.is_away = True
    with pytest.raises(Unavailable):
        await registry.refresh()

    assert registry.agency("c_a182") == an_agency()
    assert await registry.check() is None


async def test_new_agency_is_found_after_a_miss() -> None:
    shelf, clock = Shelf(), FakeClock()
    registry = Registry(shelf.load, clock.monotonic)
    await registry.refresh()
    shelf.agencies = [an_agency()]
    clock.advance(1)

    assert registry.agency("c_a182") is None
    assert await registry.find("c_a182") == an_agency()


async def test_misses_at_once_share_one_look() -> None:
    shelf, clock = Shelf(), FakeClock()
    registry = Registry(shelf.load, clock.monotonic)
    await registry.refresh()
    clock.advance(1)

    def advancing() -> float:
        clock.advance(0.001)
        return clock.monotonic()

    registry._monotonic = advancing
    found = await asyncio.gather(*(registry.find(f"a{number}") for number in range(50)))

    assert set(found) == {None}
    assert shelf.loads == 2


async def test_miss_waits_for_its_turn_and_not_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "LOOK_AGAIN_S", 0.05)
    shelf = Shelf()
    registry = Registry(shelf.load)
    await registry.refresh()

    assert await registry.find("c_a182") is None
    assert shelf.loads == 1


async def test_refresh_sees_what_was_written_before_it() -> None:
    shelf = Shelf()
    shelf.gate.clear()
    registry = Registry(shelf.load)
    first = asyncio.create_task(registry.refresh())
    await until(lambda: shelf.loads == 1)

    second = asyncio.create_task(registry.refresh())
    shelf.gate.set()
    await asyncio.gather(first, second)

    assert shelf.loads == 2


async def test_worker_loads_when_the_database_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "RETRY_S", 0.01)
    shelf = Shelf(an_agency())
    shelf.is_away = True
    registry = Registry(shelf.load)

    async with running(registry):
        await until(lambda: shelf.loads > 1)
        assert not registry.is_loaded
        shelf.is_away = False
        await until(lambda: registry.is_loaded)


async def test_foreign_source_wakes_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "RETRY_S", 0.01)
    monkeypatch.setattr(registries, "REFRESH_S", 3_600)
    shelf = Shelf(an_agency())
    registry = Registry(shelf.load)

    async with running(registry):
        await until(lambda: registry.is_loaded)
        shelf.agencies = [an_agency("c_a182", "urn:it:c_a182:", "urn:new:")]
        assert not registry.owns("c_a182", "urn:new:1")
        await until(lambda: registry.owns("c_a182", "urn:new:1"))


async def test_worker_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(Shelf().load)

    async with asyncio.timeout(0.5), running(registry):
        await until(lambda: registry.is_loaded)
