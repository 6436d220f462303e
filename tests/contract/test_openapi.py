"""What the national rules for APIs ask of our documents and machines can tell without them.

The rules themselves are no part of the repository: `make oas` runs them where they are.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from docs.generate import code
from docs.generate.problems import problems
from percorso.chassis.health import NotReady
from percorso.chassis.problems import Overloaded, ServiceUnavailable
from tests.support.repository import ROOT, SERVICES

Json = dict[str, Any]
PROBLEM = "application/problem+json"
LATER = {"429", "503"}

every_document = pytest.mark.parametrize(
    "document",
    [
        json.loads((ROOT / f"docs/reference/openapi/{name}.json").read_text("utf-8"))
        for name in SERVICES
    ],
    ids=SERVICES,
)


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield every operation with its method and path."""
    for path, methods in document["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in methods.items())


def answers(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield every answer with its operation and status."""
    for name, operation in operations(document):
        yield from ((name, status, answer) for status, answer in operation["responses"].items())


def nodes(value: object) -> Iterator[Json]:
    """Yield every object in a document."""
    if isinstance(value, dict):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from nodes(part)


def resolved(document: Json, schema: Json) -> Json:
    """Return the schema that a reference names, or the schema itself."""
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    found: Json = document["components"]["schemas"][name] if name else schema
    return found


def is_bounded(schema: Json) -> bool:
    """Say whether what a schema allows has a limit: length, range, choices, or one known form."""
    if "anyOf" in schema:
        return all(is_bounded(each) for each in schema["anyOf"])
    match schema["type"]:
        case "string":
            known = {"enum", "maxLength"} & schema.keys()
            return bool(known) or schema.get("format") in {"uuid", "date-time"}
        case "integer":
            return {"minimum", "maximum"} <= schema.keys()
    return schema["type"] in {"boolean", "null"}


@every_document
def test_a_service_says_what_it_is_and_who_answers_for_it(document: Json) -> None:
    info = document["info"]

    assert all(info[name] for name in ("title", "summary", "description", "termsOfService"))
    assert info["x-summary"] == info["summary"]
    assert info["x-api-id"].startswith("urn:percorso:")
    assert info["contact"]["url"].startswith("https://")
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert [each["url"][:8] for each in document["servers"]] == ["https://"]
    assert all(each["description"] for each in document["servers"])


@every_document
def test_every_operation_has_a_name_and_says_what_it_does(document: Json) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    methods = ("get", "post", "put", "patch", "delete", "head")

    assert len(set(names)) == len(names)
    assert [each for each in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each)] == []
    assert [each for each in names if each.startswith(methods)] == []
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name


@every_document
def test_every_tag_is_declared(document: Json) -> None:
    used = {tag for _, operation in operations(document) for tag in operation["tags"]}

    assert used == {tag["name"] for tag in document["tags"]}


@every_document
def test_every_parameter_is_bounded_and_says_what_it_is(document: Json) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            schema = resolved(document, parameter["schema"])
            choices = [resolved(document, each) for each in schema.get("anyOf", [schema])]
            assert all(map(is_bounded, choices)), (name, parameter["name"])
            assert parameter["description"], (name, parameter["name"])


@every_document
def test_every_error_is_a_problem(document: Json) -> None:
    kinds = {
        (name, status): list(answer["content"])
        for name, status, answer in answers(document)
        if status[0] in "45"
    }

    assert kinds
    assert {at: kind for at, kind in kinds.items() if kind != [PROBLEM]} == {}


@every_document
def test_whoever_needs_a_token_hears_that_it_is_missing_or_not_enough(document: Json) -> None:
    closed = [operation for _, operation in operations(document) if "security" in operation]

    assert closed or document["info"]["title"] == "Percorso portal"  # it keeps sessions, no tokens
    assert all({"401", "403", "503"} <= operation["responses"].keys() for operation in closed)


@every_document
def test_whatever_is_sent_may_be_refused(document: Json) -> None:
    taking = [
        (name, operation["responses"].keys())
        for name, operation in operations(document)
        if {"parameters", "requestBody"} & operation.keys()
    ]

    assert [name for name, statuses in taking if "422" not in statuses] == []


@every_document
def test_an_answer_that_says_later_says_when_and_no_other_has_headers(document: Json) -> None:
    headers = {
        (name, status): list(answer.get("headers", ()))
        for name, status, answer in answers(document)
    }

    assert {at for at, names in headers.items() if names == ["Retry-After"]} == {
        (name, status) for name, status in headers if status in LATER
    }
    assert {at: each for at, each in headers.items() if each not in ([], ["Retry-After"])} == {}


def test_what_says_later_in_the_documents_says_it_on_the_wire() -> None:
    code.modules()
    sent = [Overloaded(), ServiceUnavailable(), NotReady({})]

    assert {type(each) for each in sent} == {
        each for each in problems() if str(each.status) in LATER
    }
    for each in sent:
        assert 1 <= int(each.response().headers["retry-after"]) <= 60


@every_document
def test_every_json_answer_is_an_object(document: Json) -> None:
    schemas = {
        (name, status): resolved(document, content["schema"])
        for name, status, answer in answers(document)
        for kind, content in answer.get("content", {}).items()
        if kind.endswith("json")
    }

    assert schemas
    assert {
        at for at, schema in schemas.items() if not {"allOf"} & schema.keys()
        and schema.get("type", "object") != "object"
    } == set()  # fmt: skip


@every_document
def test_every_number_has_a_format(document: Json) -> None:
    numbers = [each for each in nodes(document) if each.get("type") in ("integer", "number")]

    assert numbers
    assert [each for each in numbers if "format" not in each] == []


@every_document
def test_the_status_is_in_the_national_form(document: Json) -> None:
    (kind,) = document["paths"]["/status"]["get"]["responses"]["200"]["content"].items()

    assert kind[0] == PROBLEM
    assert {"status", "title"} <= resolved(document, kind[1]["schema"])["properties"].keys()
