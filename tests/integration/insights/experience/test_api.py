"""The routes that read metrics, over a real database."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.chassis.testing import Issuer
from percorso.insights.experience import api, handlers
from percorso.insights.experience.definitions import METRICS
from percorso.insights.facts.handlers import Recorder
from tests.support import facts
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.experience import a_contact

ISSUER = Issuer()
# The events of these tests begin at noon of 4 May 2026, in UTC.
HOUR = {"from": "2026-05-04T12:00:00Z", "to": "2026-05-04T13:00:00Z", "by": "hour"}
MINUTE = HOUR | {"to": "2026-05-04T12:02:00Z", "by": "minute"}


@pytest.fixture
async def pool(insights_database: Database) -> AsyncIterator[Pool]:
    async with insights_database.pool() as pool:
        await facts.begin(pool)
        yield pool


@pytest.fixture
async def client(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(api.router(pool, ISSUER.tokens("insights")))
    transport = httpx.ASGITransport(app)
    # Not made with the module: tests that run ten minutes later would find it expired.
    owner = {"authorization": ISSUER.operator("insights", "owner")}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://insights", headers=owner
    ) as client:
        yield client


async def _visits(pool: Pool, *waits: float, **more: Any) -> None:
    """Have visits to a desk counted, each in the minute after the last."""
    visits = [
        a_contact("desk.visited", str(n), minutes=n, waited_s=wait, **more)
        for n, wait in enumerate(waits)
    ]
    await facts.apply(pool, a_batch(visits), Recorder(handlers.follow))


async def _items(client: httpx.AsyncClient, metric: str, query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/metrics/{metric}", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_every_metric_is_listed_with_what_it_measures(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/metrics")).json()["items"]

    assert [each["name"] for each in listed] == list(METRICS)
    assert listed[0]["measures"].keys() == {"it", "en"}
    assert {each["aggregation"] for each in listed} == {"count", "duration", "rating"}


async def test_an_hour_shows_its_values_and_how_near_its_percentiles_are(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await _visits(pool, 60, 120, 600)

    answer = (await client.get("/v1/metrics/desk-wait", params=HOUR)).json()

    (item,) = answer["items"]
    assert item["from"] == "2026-05-04T12:00:00Z"
    assert (item["count"], item["sum"], item["mean"]) == (3, 780_000, 260_000)
    assert item["p50"] == pytest.approx(120_000, rel=answer["error"])
    assert item["p95"] == pytest.approx(600_000, rel=answer["error"])
    assert (answer["metric"], answer["unit"]) == ("desk-wait", "ms")


async def test_hours_and_days_are_the_sums_of_their_minutes(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await _visits(pool, *range(100))
    hours = HOUR | {"to": "2026-05-04T14:00:00Z"}
    day = {"from": "2026-05-04T12:00:00Z", "to": "2026-05-04T12:01:00Z", "by": "day"}

    assert [each["count"] for each in await _items(client, "desk-wait", hours)] == [60, 40]
    (item,) = await _items(client, "desk-wait", day)
    assert (item["from"], item["to"]) == ("2026-05-03T22:00:00Z", "2026-05-04T22:00:00Z")
    assert (item["count"], item["sum"]) == (100, 4_950_000)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
async def test_a_day_on_which_the_clock_changes_has_all_its_hours(
    pool: Pool, client: httpx.AsyncClient, day: str, hours: int
) -> None:
    begin = datetime.fromisoformat(f"{day}T00:30:00").astimezone(UTC)
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    visits = [
        a_contact("desk.visited", str(n), minutes=(begin - noon) / timedelta(minutes=1) + 60 * n)
        for n in range(-3, 30)
    ]
    await facts.apply(pool, a_batch(visits), Recorder(handlers.follow))

    (item,) = await _items(
        client, "touchpoints", {"by": "day", "from": f"{day}T11:00:00Z", "to": f"{day}T12:00:00Z"}
    )

    assert item["count"] == hours


async def test_filters_narrow_what_counts(pool: Pool, client: httpx.AsyncClient) -> None:
    await _visits(pool, 1, 2, 3, service="tari", place={"area": "centro"}, channel="01.1.1")

    for wanted, count in [
        ({"service": "tari", "agency": "c_a182", "channel": "01.1.1", "area": "centro"}, 3),
        ({"service": "other"}, 0),
        ({"agency": "m_lps"}, 0),
        ({"channel": "01"}, 0),
        ({"area": "nord"}, 0),
    ]:
        assert [each["count"] for each in await _items(client, "desk-wait", HOUR | wanted)] == [
            count
        ]


async def test_what_would_say_something_of_a_person_is_withheld(
    pool: Pool, client: httpx.AsyncClient
) -> None:
    await _visits(pool, 60, 120, place={"area": "centro"})

    (hour,) = await _items(client, "desk-wait", HOUR)
    (area,) = await _items(client, "desk-wait", HOUR | {"area": "centro"})
    minutes = await _items(client, "touchpoints", MINUTE)

    assert (hour["count"], hour["withheld"], "sum" in hour) == (2, True, False)
    assert (area["count"], area["withheld"]) == (None, True)
    assert [(each["count"], each["withheld"]) for each in minutes] == [(None, True)] * 2


async def test_windows_without_anything_are_shown_too(client: httpx.AsyncClient) -> None:
    items = await _items(client, "satisfaction", MINUTE)

    assert [each["count"] for each in items] == [0, 0]
    assert items[0].keys() == {"from", "to", "count"}


async def test_without_times_the_last_day_is_shown_by_hours(client: httpx.AsyncClient) -> None:
    items = await _items(client, "complaints", {})

    assert len(items) == 25
    end = datetime.fromisoformat(items[-1]["to"])
    assert timedelta(0) <= end - datetime.now(UTC) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("times", "windows"),
    [
        ({"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T01:00:00Z", "by": "minute"}, 1_500),
        ({"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T01:00:01Z", "by": "minute"}, None),
        ({"from": "1990-01-01T00:00:00Z", "to": "2199-12-31T00:00:00Z", "by": "minute"}, None),
        ({"from": "2026-05-05T00:00:00Z", "to": "2026-05-05T00:00:00Z", "by": "day"}, None),
    ],
)
async def test_an_answer_has_a_bounded_number_of_windows(
    client: httpx.AsyncClient, times: dict[str, str], windows: int | None
) -> None:
    answer = await client.get("/v1/metrics/complaints", params=times)

    if windows is None:
        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:percorso:problem:invalid-windows"
        assert "1500" in answer.json()["detail"]
    else:
        assert len(answer.json()["items"]) == windows


@pytest.mark.parametrize(
    "query",
    [
        {"from": "0001-01-01T00:00:00+14:00"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"from": "2026-05-04T00:00:00"},
        {"by": "week"},
        {"service": "a\x00b"},
        {"citizen": "somebody"},
    ],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await client.get("/v1/metrics/complaints", params=query)).status_code == 422


async def test_a_metric_that_nobody_defined_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/metrics/happiness")).status_code == 404


@pytest.mark.parametrize(
    ("bearer", "status"),
    [
        (lambda: ISSUER.operator("insights", "owner"), 200),
        (lambda: ISSUER.operator("insights", "operations"), 200),
        (lambda: ISSUER.service("insights", "portal"), 200),
        (lambda: ISSUER.operator("insights", "desk"), 403),
        (lambda: ISSUER.citizen("insights"), 403),
        (lambda: ISSUER.agency("insights"), 403),
        (lambda: "Bearer nonsense", 401),
    ],
)
async def test_owners_operations_and_services_may_read(
    client: httpx.AsyncClient, bearer: Callable[[], str], status: int
) -> None:
    for path in ("/v1/metrics", "/v1/metrics/complaints"):
        answer = await client.get(path, headers={"authorization": bearer()})
        assert answer.status_code == status


async def test_the_age_of_what_is_counted_is_told(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/metrics/complaints")).json()

    assert answer["age_ms"] >= 0
