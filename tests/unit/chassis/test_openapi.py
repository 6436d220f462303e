"""What is added to every application's description."""

import json
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from pydantic import AnyHttpUrl, BaseModel, Field

from percorso.chassis import openapi, problems, service
from percorso.chassis.openapi import UNPUBLISHED, Publication
from percorso.chassis.problems import Overloaded, ServiceUnavailable, responses
from percorso.chassis.settings import HttpSettings


class View(BaseModel):
    type: str  # a member whose name is one of JSON Schema's words
    small: int = Field(ge=0, le=2**31 - 1)
    large: int = Field(ge=0, le=2**31)
    open_ended: int
    ratio: float
    perhaps: int | None


def described(publication: Publication = UNPUBLISHED) -> dict[str, Any]:
    app = FastAPI(title="Shop", summary="A shop", generate_unique_id_function=openapi.operation_id)
    problems.install(app)

    @app.get("/things", tags=["things"], responses=responses(Overloaded, ServiceUnavailable))
    async def list_things(limit: Annotated[int, Query(ge=1, le=200)]) -> View:
        raise Overloaded

    openapi.publish(app, "shop", "1.2.3", publication)
    first = json.dumps(app.openapi())
    assert json.dumps(app.openapi()) == first
    return app.openapi()


def test_a_service_without_public_address_says_only_what_is_true() -> None:
    document = described()

    assert document["info"] == {
        "title": "Shop",
        "summary": "A shop",
        "version": "1.2.3",
        "contact": {"name": "Percorso maintainers"},
        "x-summary": "A shop",
        "x-api-id": "urn:percorso:shop",
    }
    (server,) = document["servers"]
    assert (server["url"], server["x-sandbox"]) == ("/", True)


def test_a_public_service_names_address_contact_and_terms() -> None:
    document = described(
        Publication("https://shop.example/", "https://a.example/desk", "https://a.example/terms")
    )

    assert document["servers"] == [
        {"url": "https://shop.example", "description": "The public address"}
    ]
    assert document["info"]["contact"] == {"url": "https://a.example/desk"}
    assert document["info"]["termsOfService"] == "https://a.example/terms"


def test_what_a_deployment_says_of_itself_comes_from_its_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PERCORSO_CONTACT", "https://a.example/desk")
    monkeypatch.setenv("PERCORSO_TERMS", "https://a.example/terms")

    said = service._publication(HttpSettings(port=0, public_url=AnyHttpUrl("https://s.example")))

    assert said == Publication(
        "https://s.example/", "https://a.example/desk", "https://a.example/terms"
    )


@pytest.mark.parametrize(
    ("member", "format"),
    [("small", "int32"), ("large", "int64"), ("open_ended", "int64"), ("ratio", "double")],
)
def test_every_number_says_how_large_it_may_be(member: str, format: str) -> None:  # noqa: A002
    view = described()["components"]["schemas"]["View"]["properties"]

    assert view[member]["format"] == format
    assert view["perhaps"]["anyOf"][0]["format"] == "int64"
    assert "format" not in view["type"]


def test_an_operation_is_named_by_its_function_and_its_tag_is_declared() -> None:
    document = described()

    assert document["paths"]["/things"]["get"]["operationId"] == "list_things"
    assert document["tags"] == [{"name": "things"}]


def test_what_may_be_sent_again_says_when() -> None:
    answers = described()["paths"]["/things"]["get"]["responses"]

    assert {status for status, answer in answers.items() if "headers" in answer} == {"429", "503"}
    assert answers["429"]["headers"].keys() == {"Retry-After"}
