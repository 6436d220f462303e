"""What both services answer is what their OpenAPI documents say, whatever is sent."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from percorso.chassis.testing import Issuer
from percorso.identity.door.openapi import EXAMPLE
from percorso.identity.door.reading import BATCH, SINGLE
from tests.support.identities import SECRET
from tests.support.systems import System

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

Operation = APIOperation[Any, Any, Any, Any]
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Of an unknown agency one look at the database a second.
MAX_EXAMPLES = {"/v1/tokens": 10, "/v1/shares/{service}/{agency}": 5}
CALLERS: dict[str, Callable[[Issuer, str], str]] = {
    "/v1/access-log/me": Issuer.citizen,
    "/v1/consents/me": Issuer.citizen,
    "/v1/contacts/me": Issuer.citizen,
    "/v1/contacts/release": lambda issuer, service: issuer.service(service, "notifications"),
    "/v1/consents/me/{purpose}/{channel}": Issuer.citizen,
    "/v1/events": Issuer.agency,
    "/v1/links": Issuer.agency,
    "/v1/links/me": Issuer.citizen,
    "/v1/links/{link_id}": Issuer.agency,
    "/v1/lookups": lambda issuer, service: issuer.operator(service, "desk"),
    "/v1/shares": lambda issuer, service: issuer.operator(service, "owner"),
    "/v1/shares/{service}/{agency}": lambda issuer, service: issuer.operator(service, "owner"),
    "/v1/timelines/me": Issuer.citizen,
    "/v1/timelines/{subject}": lambda issuer, service: issuer.operator(service, "desk"),
    "/v1/tokens": lambda *_: f"Bearer {SECRET}",
}


def operations(system: System, service: str) -> list[Operation]:
    """Return what a service describes."""
    schema = schemathesis.openapi.from_url(f"{getattr(system, service)}/openapi.json")
    schema.config.generation.update(with_security_parameters=False)
    results = list(schema.get_all_operations())
    assert all(isinstance(result, Ok) for result in results)
    return [result.ok() for result in results if isinstance(result, Ok)]


def headers(system: System, service: str, path: str) -> dict[str, str]:
    """Return those of somebody who may call."""
    caller = CALLERS.get(path, _operations)
    return {"Authorization": caller(system.issuer, service)}


def _operations(issuer: Issuer, service: str) -> str:
    return issuer.operator(service, "operations")


def check(operation: Operation, mode: GenerationMode, **headers: str) -> None:
    """Send what the document allows, or just does not, and compare the answers with it."""

    @settings(
        max_examples=MAX_EXAMPLES.get(operation.path, 30),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def conforms(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, headers=headers)

    conforms()


@pytest.mark.parametrize("service", ["identity", "journey"])
def test_what_is_allowed_gets_an_answer_that_is_described(system: System, service: str) -> None:
    for operation in operations(system, service):
        check(operation, POSITIVE, **headers(system, service, operation.path))


@pytest.mark.parametrize("service", ["identity", "journey"])
def test_what_is_not_allowed_gets_an_answer_that_is_described(system: System, service: str) -> None:
    for operation in operations(system, service):
        if operation.body or operation.query or operation.path_parameters:
            check(operation, NEGATIVE, **headers(system, service, operation.path))


@pytest.mark.parametrize(("media_type", "body"), [(SINGLE, EXAMPLE), (BATCH, [EXAMPLE])])
def test_the_documents_example_is_accepted(system: System, media_type: str, body: Any) -> None:
    (operation,) = (each for each in operations(system, "identity") if each.path == "/v1/events")
    case = operation.Case(body=body, media_type=media_type)

    answer = case.call_and_validate(
        checks=CHECKS, headers=headers(system, "identity", "/v1/events")
    )

    assert answer.status_code == 202
