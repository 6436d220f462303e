"""Every error of an application leaves in one shape and repeats nothing."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import Body, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from percorso.chassis import problems
from percorso.chassis.openapi import SCHEMA
from percorso.chassis.problems import Forbidden, NotFound, Problem, responses
from percorso.chassis.testing import recorded_spans
from percorso.chassis.tracing import Traced, server_span
from percorso.events.errors import QueueFull, Unavailable


class TwoPeople(Problem):
    status = 409
    slug = "two-people"
    title = "The link would join two people"


class Colour(StrEnum):
    RED = "red"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Inner(Model):
    word: Annotated[str, Field(max_length=3)]


class Form(Model):
    reason: str
    at: datetime | None = None
    who: UUID | None = None
    colour: Colour = Colour.RED
    inner: list[Inner] = []
    counts: dict[str, int] = {}
    odd: int = 1

    @field_validator("odd")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"{value} is not odd")
        if value == 13:
            raise PydanticCustomError("unlucky", "Should bring luck")
        return value


class Filters(Model):
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def create_app() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    raised = {
        "two": TwoPeople("They are two", link="x"),
        "away": Unavailable(),
        "full": QueueFull(),
        "teapot": HTTPException(418, detail="SENT", headers={"X-Tea": "green"}),
        "bug": KeyError("SENT"),
    }

    @app.get("/raise/{what}", responses=responses(TwoPeople, NotFound))
    async def fail(what: str) -> None:
        raise raised[what]

    @app.get("/list")
    async def list_them(filters: Annotated[Filters, Query()]) -> int:
        return filters.limit

    @app.post("/form")
    async def form(form: Annotated[Form, Body()]) -> str:
        return form.reason

    async def plain(_: Request) -> Response:
        raise Forbidden("not yours")

    app.add_route("/plain", plain)
    return app


@pytest.fixture
def app() -> FastAPI:
    return create_app()


async def ask(app: FastAPI, method: str, path: str, **given: Any) -> httpx.Response:
    transport = httpx.ASGITransport(Traced(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.request(method, path, **given)
    assert "SENT" not in response.text
    return response


def without_trace(response: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in response.json().items() if name != "instance"}


async def test_a_problem_has_its_members(app: FastAPI) -> None:
    response = await ask(app, "GET", "/raise/two")

    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert without_trace(response) == {
        "type": "urn:percorso:problem:two-people",
        "title": "The link would join two people",
        "status": 409,
        "detail": "They are two",
        "link": "x",
    }


@pytest.mark.parametrize(("what", "status"), [("away", 503), ("full", 429)])
async def test_what_passes_says_when_to_come_back(app: FastAPI, what: str, status: int) -> None:
    response = await ask(app, "GET", f"/raise/{what}")

    assert response.status_code == response.json()["status"] == status
    assert response.headers["retry-after"] == "1"


async def test_a_bug_says_only_that_there_is_one(app: FastAPI) -> None:
    response = await ask(app, "GET", "/raise/bug")

    assert response.status_code == 500
    assert response.json()["type"] == "urn:percorso:problem:unexpected"


async def test_the_framework_refuses_in_the_same_shape(app: FastAPI) -> None:
    missing = await ask(app, "GET", "/nowhere/SENT")
    wrong = await ask(app, "PUT", "/form")
    teapot = await ask(app, "GET", "/raise/teapot")

    assert without_trace(missing) == {
        "type": "urn:percorso:problem:not-found",
        "title": "There is no such thing",
        "status": 404,
    }
    assert wrong.status_code == wrong.json()["status"] == 405
    assert wrong.headers["allow"] == "POST"
    assert teapot.headers["x-tea"] == "green"


async def test_a_plain_route_may_raise_too(app: FastAPI) -> None:
    response = await ask(app, "GET", "/plain")

    assert response.status_code == 403
    assert response.json()["detail"] == "not yours"


async def test_a_problem_names_its_trace() -> None:
    with recorded_spans() as spans, server_span("GET /x", []):
        body = Forbidden().body()

    [span] = spans.get_finished_spans()
    assert span.context is not None
    assert body["instance"] == f"urn:percorso:trace:{span.context.trace_id:032x}"


@pytest.mark.parametrize(
    ("body", "pointer", "title"),
    [
        ({}, "/body/reason", "Is required"),
        ({"reason": 7}, "/body/reason", "Should be a string"),
        ({"reason": "x", "at": "SENT"}, "/body/at", "Should be a time with its offset"),
        ({"reason": "x", "who": "SENT"}, "/body/who", "Should be a UUID"),
        ({"reason": "x", "colour": "SENT"}, "/body/colour", "Should be 'red'"),
        ({"reason": "x", "SENT": 1}, "/body", "Has a member that is not known"),
        ({"reason": "x", "odd": 4224}, "/body/odd", "Not valid"),
        ({"reason": "x", "odd": 13}, "/body/odd", "Should bring luck"),
        ({"reason": "x", "counts": {"SENT": "x"}}, "/body/counts", "Should be an integer"),
        (
            {"reason": "x", "inner": [{"word": "a"}, {"word": "SENT"}]},
            "/body/inner/1/word",
            "Should have at most 3 characters",
        ),
        (
            {"reason": "x", "inner": [{"word": "a", "SENT": 1}]},
            "/body/inner/0",
            "Has a member that is not known",
        ),
        ([], "/body", "Should be an object"),
    ],
)
async def test_an_invalid_body_says_where(
    app: FastAPI, body: object, pointer: str, title: str
) -> None:
    response = await ask(app, "POST", "/form", json=body)

    assert response.status_code == 422
    assert response.json()["errors"] == [{"pointer": pointer, "title": title}]
    assert "4224" not in str(response.json()["errors"])


@pytest.mark.parametrize(
    ("query", "pointer", "title"),
    [
        ("limit=0", "/query/limit", "Should be at least 1"),
        ("limit=201", "/query/limit", "Should be at most 200"),
        ("limit=SENT", "/query/limit", "Should be an integer"),
        ("SENT=1", "/query", "Has a member that is not known"),
    ],
)
async def test_an_invalid_query_says_where(
    app: FastAPI, query: str, pointer: str, title: str
) -> None:
    response = await ask(app, "GET", f"/list?{query}")

    assert response.json()["errors"] == [{"pointer": pointer, "title": title}]


async def test_an_unreadable_body_is_malformed(app: FastAPI) -> None:
    headers = {"content-type": "application/json"}
    response = await ask(app, "POST", "/form", content=b'{"SENT', headers=headers)

    assert response.status_code == 400
    assert response.json()["type"] == "urn:percorso:problem:malformed-body"


def test_the_description_knows_one_kind_of_error(app: FastAPI) -> None:
    described = app.openapi()

    form = described["paths"]["/form"]["post"]["responses"]["422"]["content"]
    assert form == {"application/problem+json": {"schema": SCHEMA}}
    assert "Problem" in described["components"]["schemas"]
    assert "HTTPValidationError" not in described["components"]["schemas"]
    two = described["paths"]["/raise/{what}"]["get"]["responses"]["409"]
    assert two["description"] == TwoPeople.title
    assert app.openapi() == described


def test_problems_of_one_status_share_their_entry() -> None:
    class Other(TwoPeople):
        title = "Another conflict"

    described = responses(TwoPeople, Other)

    assert list(described) == [409]
    assert described[409]["description"] == "The link would join two people; Another conflict"
