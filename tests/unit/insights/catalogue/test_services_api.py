"""The catalogue over HTTP."""

import httpx
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.events.errors import Unavailable
from percorso.insights.catalogue.api import Live, router
from percorso.insights.catalogue.services import Service
from tests.support.rules import shipped


async def asked(live: Live) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    app.include_router(router(live))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://insights") as client:
        return await client.get("/v1/services")


def the_shipped() -> tuple[str, dict[str, Service]]:
    return shipped().version, dict(shipped().services)


def none() -> tuple[str, dict[str, Service]]:
    raise Unavailable("no set of rules is live")


async def test_everybody_reads_the_whole_catalogue_in_one_order() -> None:
    answer = await asked(the_shipped)

    body = answer.json()
    assert answer.status_code == 200
    assert body["version"] == shipped().version
    assert body["next_cursor"] is None
    assert [each["code"] for each in body["items"]] == sorted(shipped().services)


async def test_a_service_is_told_as_its_file_has_it() -> None:
    body = (await asked(the_shipped)).json()

    told = next(each for each in body["items"] if each["code"] == "tari")

    assert Service.model_validate(told, strict=False) == shipped().services["tari"]


async def test_without_a_live_set_the_answer_is_later() -> None:
    answer = await asked(none)

    assert answer.status_code == 503
    assert "retry-after" in answer.headers
