"""Alive, ready, and the national form."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from percorso.chassis import health, problems
from percorso.chassis.health import Health
from percorso.events.errors import Unavailable

Answer = Callable[[], Awaitable[str | None]]


def says(answer: str | Exception | None) -> Answer:
    async def check() -> str | None:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return check


async def ask(
    path: str, asked: Health, status: health.Status | None = None, **given: Any
) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    extra = {} if status is None else {"status": status}
    app.include_router(health.router("journey", "1.2.3", asked, **extra))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        return await client.get(path, **given)


async def test_alive_is_not_ready() -> None:
    asked = Health({"postgres": says(None)})

    assert (await ask("/livez", asked)).status_code == 200
    response = await ask("/readyz", asked)
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert response.json()["type"] == "urn:percorso:problem:not-ready"
    assert response.json()["checks"] == {"postgres": "not asked yet"}
    assert REGISTRY.get_sample_value("percorso_ready") == 0


async def test_ready_when_every_check_is_fine() -> None:
    asked = Health({"postgres": says(None), "kafka": says(None)})
    await asked.ask()

    response = await ask("/readyz", asked)

    assert response.status_code == 200
    assert response.json() == {"status": "ready", "checks": {"postgres": "ok", "kafka": "ok"}}
    assert REGISTRY.get_sample_value("percorso_ready") == 1


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("away", "away"), (Unavailable("SENT"), "away"), (KeyError("SENT"), "the check failed")],
)
async def test_not_ready_says_why(answer: str | Exception, shown: str) -> None:
    asked = Health({"postgres": says(None), "kafka": says(answer)})
    await asked.ask()

    response = await ask("/readyz", asked)

    assert response.status_code == 503
    assert response.json()["checks"] == {"postgres": "ok", "kafka": shown}


async def test_a_check_that_hangs_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "TIMEOUT_S", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    asked = Health({"kafka": hang, "postgres": says(None)})
    await asked.ask()

    assert asked.report() == {"kafka": "does not answer", "postgres": "ok"}


async def test_who_stops_is_not_ready() -> None:
    asked = Health({})
    await asked.ask()
    assert asked.is_ready

    asked.stop("stopping")
    asked.stop("for another reason")
    await asked.ask()

    assert not asked.is_ready
    assert asked.report() == {"process": "stopping"}
    assert REGISTRY.get_sample_value("percorso_ready") == 0


async def test_the_prober_ends_when_asked() -> None:
    stopping = asyncio.Event()
    asked = Health({"kafka": says(None)})
    running = asyncio.create_task(asked.run(stopping))

    async with asyncio.timeout(1):
        while not asked.is_ready:  # noqa: ASYNC110 - readiness is a property, not an event
            await asyncio.sleep(0)
        stopping.set()
        await running


async def members() -> Mapping[str, object]:
    return {"touchpoints": 7, "status": 500, "service": "another"}


async def test_the_national_form() -> None:
    response = await ask("/status", Health({}), members)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "status": 200,
        "title": "OK",
        "service": "journey",
        "version": "1.2.3",
        "ready": True,
        "touchpoints": 7,
    }


async def broken() -> Mapping[str, object]:
    raise KeyError("SENT")


async def away() -> Mapping[str, object]:
    raise Unavailable


async def unwritable() -> Mapping[str, object]:
    return {"touchpoints": object()}


async def not_a_number() -> Mapping[str, object]:
    return {"lag": float("nan")}


@pytest.mark.parametrize("status", [broken, away, unwritable, not_a_number])
async def test_the_form_answers_whatever_the_service_does(status: health.Status) -> None:
    response = await ask("/status", Health({}), status)

    assert response.status_code == 200
    assert json.loads(response.text).keys() == {"status", "title", "service", "version", "ready"}


async def test_metrics_are_prometheus_text() -> None:
    plain = await ask("/metrics", Health({}))
    open_metrics = await ask(
        "/metrics", Health({}), headers={"accept": "application/openmetrics-text; version=1.0.0"}
    )

    assert plain.headers["content-type"].startswith("text/plain; version=")
    assert "percorso_ready 1.0" in plain.text or "percorso_ready 0.0" in plain.text
    assert "percorso_spans_dropped_total" in plain.text
    assert open_metrics.text.endswith("# EOF\n")


async def test_what_starts_or_has_failed_is_asked_sooner_than_what_is_fine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = iter(["no"] * 7 + [None, None, "no", "no", None])
    waits: list[float] = []

    async def check() -> str | None:
        return next(said)

    async def pause(stopping: asyncio.Event, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 12:
            stopping.set()

    monkeypatch.setattr(health, "pause", pause)
    await Health({"postgres": check}).run(asyncio.Event())

    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0, 0.05, 0.1, 1.0]
