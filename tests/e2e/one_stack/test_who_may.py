"""Every route with every kind of caller, and with a second citizen: who may, and that nobody else does."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import pytest

from percorso.chassis.service_tokens import ServiceTokens
from tests.support.citizens import a_fiscal_code
from tests.support.reaching import a_birth, consent, suggestions, with_address
from tests.support.stack import Json, Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(240)

Header = Mapping[str, str]
SERVICES = ("identity", "journey", "insights", "notifications")
CANARY = "QZX"  # in all that is said of the citizen, and nowhere else
ADDRESS = f"{CANARY}-me@example.org".lower()
CALLERS = frozenset(
    {
        "nobody", "agency", "citizen", "other citizen", "desk", "owner", "operations",
        "service notifications", "service portal",
    }
)  # fmt: skip
KNOWN = CALLERS - {"nobody"}
METRICS = frozenset({"owner", "operations", "service notifications", "service portal"})
CITIZENS = frozenset({"citizen", "other citizen"})
READERS = frozenset({"desk", "owner"})
OPERATIONS = frozenset({"operations"})
# Whose callers prove themselves otherwise: by the body, a cookie of the login, or the local secret.
OTHERWISE = {
    "POST /v1/service-tokens", "POST /v1/tokens", "GET /v1/login", "GET /v1/login/callback",
}  # fmt: skip
OF_ALL = {
    "GET /livez": CALLERS,
    "GET /readyz": CALLERS,
    "GET /status": CALLERS,
    "GET /metrics": CALLERS,
    "GET /v1/dead-letters": OPERATIONS,
    "GET /v1/dead-letters/{id}": OPERATIONS,
    "DELETE /v1/dead-letters/{id}": OPERATIONS,
    "POST /v1/dead-letters/{id}/redrive": OPERATIONS,
}
MAY: Mapping[str, Mapping[str, frozenset[str]]] = {
    "identity": {
        **OF_ALL,
        "GET /.well-known/jwks.json": CALLERS,
        "GET /v1/types": CALLERS,
        "GET /v1/types/{type}": CALLERS,
        "POST /v1/events": frozenset({"agency"}),
        "POST /v1/agencies": OPERATIONS,
        "GET /v1/agencies": OPERATIONS,
        "POST /v1/lookups": READERS,
        "GET /v1/shares": frozenset({"owner"}),
        "PUT /v1/shares/{service}/{agency}": frozenset({"owner"}),
        "POST /v1/links": KNOWN,  # and then judged by what they prove
        "GET /v1/links/me": CITIZENS,
        "DELETE /v1/links/{link_id}": KNOWN,  # who did not make it, and is not in it, finds none
        "GET /v1/consents/me": CITIZENS,
        "PUT /v1/consents/me/{purpose}/{channel}": CITIZENS,
        "GET /v1/contacts/me": CITIZENS,
        "PUT /v1/contacts/me": CITIZENS,
        "POST /v1/contacts/release": frozenset({"service notifications"}),
        "GET /v1/access-log/me": CITIZENS,
        "POST /v1/login/sessions": frozenset({"service portal"}),
    },
    "journey": {
        **OF_ALL,
        "GET /v1/timelines/me": CITIZENS,
        "GET /v1/timelines/{subject}": READERS,
        "GET /v1/timelines/me/stream": CITIZENS,
        "GET /v1/timelines/{subject}/stream": frozenset(),
    },
    "insights": {
        **OF_ALL,
        "GET /v1/services": CALLERS,
        "GET /v1/suggestions/me": CITIZENS,
        "GET /v1/suggestions/{subject}": READERS,
        "GET /v1/suggestions/{suggestion_id}/why": CITIZENS,
        "POST /v1/suggestions/{suggestion_id}/reactions": CITIZENS,
        "GET /v1/metrics": METRICS,
        "GET /v1/metrics/{metric}": METRICS,
    },
    "notifications": {
        **OF_ALL,
        "GET /v1/messages/me": CITIZENS,
        "POST /v1/messages/{id}/read": CITIZENS,
        "GET /v1/preferences/me": CITIZENS,
        "PUT /v1/preferences/me": CITIZENS,
        "POST /v1/verifications": CALLERS,
    },
}
# Where the citizen reads what is only theirs.
OWN = [
    ("identity", "/v1/contacts/me"),
    ("identity", "/v1/access-log/me"),
    ("identity", "/v1/links/me"),
    ("journey", "/v1/timelines/me"),
    ("insights", "/v1/suggestions/me"),
    ("insights", "/v1/suggestions/{suggestion_id}/why"),
    ("notifications", "/v1/messages/me"),
]


@dataclass
class Told:
    """What stands in the system of one citizen, and the names that open it."""

    subject: str
    suggestion: str
    message: str
    link: str
    citizen: Header

    def path(self, route: str) -> str:
        """Fill a route's path with what is the citizen's."""
        names = {
            "{subject}": self.subject,
            "{suggestion_id}": self.suggestion,
            "{link_id}": self.link,
            "{id}": self.message,
            "{type}": "eu.percorso.page.viewed.v1",
            "{metric}": "volumes",
            "{service}": "tari",
            "{agency}": "c_h501",
            "{purpose}": "profiling",
            "{channel}": "inbox",
        }
        for name, value in names.items():
            route = route.replace(name, value)
        return route


@pytest.fixture(scope="module")
def callers(stack: Stack) -> Mapping[str, Header]:
    """Give a caller of each kind; none of them is the citizen of whom something stands there."""
    case = {"purpose": "test", "case": "1", "agency": "c_a182"}
    return {
        "nobody": {},
        "agency": stack.agency(),
        "citizen": stack.citizen(a_fiscal_code_of(1)),
        "other citizen": stack.citizen(a_fiscal_code_of(2)),
        **{
            role: stack.token(caller="operator", role=role, **case)
            for role in ("desk", "owner", "operations")
        },
    }


def with_services(stack: Stack, callers: Mapping[str, Header], audience: str) -> dict[str, Header]:
    """Add those of our services that call others, with tokens for this one."""
    own = {
        f"service {name}": service(stack, name, audience) for name in ("notifications", "portal")
    }
    return {**callers, **own}


def a_fiscal_code_of(number: int) -> str:
    """Return the codice fiscale of a citizen of this module."""
    return a_fiscal_code(random.Random(f"who may {number}"))


def service(stack: Stack, name: str, audience: str) -> Header:
    """Return the header with which one of our services calls another."""

    async def ask() -> str:
        key = stack.home / "secrets" / f"{name}.pem"
        async with ServiceTokens(stack.url("identity"), name, key, audience) as tokens:
            return await tokens.authorization()

    return {"Authorization": asyncio.run(ask())}


def routes(stack: Stack) -> set[tuple[str, str]]:
    """Return every route that the services describe, by service."""
    return {
        (each, f"{method.upper()} {path}")
        for each in SERVICES
        for path, methods in stack.http.get(f"{stack.url(each)}/openapi.json")
        .json()["paths"]
        .items()
        for method in methods
    }


def test_every_route_stands_in_the_table(stack: Stack) -> None:
    known = {(each, route) for each, table in MAY.items() for route in table}

    assert routes(stack) == known | {("identity", route) for route in OTHERWISE}


def status(stack: Stack, each: str, route: str, path: str, caller: Header) -> int:
    """Call without a body and return the answer's status; a stream is left at once."""
    method = route.partition(" ")[0]
    with stack.http.stream(method, f"{stack.url(each)}{path}", headers=caller) as answer:
        return answer.status_code


@pytest.mark.parametrize("each", SERVICES)
def test_who_may_is_heard_and_nobody_else(
    stack: Stack, callers: Mapping[str, Header], each: str
) -> None:
    nothing = Told(str(uuid4()), str(uuid4()), str(uuid4()), str(uuid4()), {})
    everybody = with_services(stack, callers, each)
    wrong = {}
    for route, allowed in MAY[each].items():
        path = nothing.path(route.partition(" ")[2])
        for name, header in everybody.items():
            told = status(stack, each, route, path, header)
            refused = 401 if name == "nobody" else 403
            if (told == refused) is (name in allowed) or told >= 500:
                wrong[route, name] = told

    assert wrong == {}


@pytest.fixture(scope="module")
def told(stack: Stack) -> Told:
    """Let one citizen be known in every service, each time with the canary."""
    fiscal_code = a_fiscal_code_of(3)
    citizen = with_address(stack, fiscal_code, ADDRESS)
    consent(stack, citizen)
    birth = a_birth(fiscal_code)
    birth["data"]["touchpoint"]["matter"] = f"{CANARY}/1"
    desk = stack.token(
        caller="operator", agency="c_a182", role="desk", purpose=CANARY, case=f"{CANARY}-1"
    )
    assert stack.post(birth, stack.agency()).status_code == 202
    identifier = {"scheme": "cf", "value": fiscal_code}
    found = stack.http.post(f"{stack.url('identity')}/v1/lookups", json=identifier, headers=desk)
    linked = [identifier, {"scheme": "customer", "value": f"c_a182:{CANARY}"}]
    asserted = {"subjects": linked, "proof": {"kind": "agency", "reference": CANARY}}
    link = stack.http.post(
        f"{stack.url('identity')}/v1/links", json=asserted, headers=stack.agency()
    )
    suggested = eventually(lambda: suggestions(stack, citizen)["items"])[0]
    message = eventually(lambda: items(stack, "notifications", "/v1/messages/me", citizen))[0]
    return Told(
        found.json()["subject"], suggested["id"], message["id"], link.json()["link_id"], citizen
    )


def items(stack: Stack, each: str, path: str, caller: Header) -> list[Json]:
    """Return what stands on a page."""
    answer = stack.http.get(f"{stack.url(each)}{path}", headers=caller)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


def texts(stack: Stack, told: Told, caller: Header) -> dict[tuple[str, str], str]:
    """Return what every route that is read answers a caller, asked for the citizen's own."""
    found = {}
    for each, table in MAY.items():
        for route in table:
            method, _, path = route.partition(" ")
            if method == "GET" and not path.endswith("/stream"):
                answer = stack.http.get(f"{stack.url(each)}{told.path(path)}", headers=caller)
                found[each, path] = answer.text
    return found


def marks(told: Told) -> list[str]:
    """Return what only stands in answers about this citizen."""
    return [CANARY, ADDRESS, told.subject, told.suggestion, told.message, told.link]


def test_the_citizen_reads_it_all(stack: Stack, told: Told) -> None:
    found = texts(stack, told, told.citizen)

    silent = [place for place in OWN if not any(mark in found[place] for mark in marks(told))]
    assert silent == []


def a_desk_elsewhere(stack: Stack) -> Header:
    """Return an operator of an agency that knows nothing of the citizen."""
    other = {"code": "c_h501", "sources": ["urn:it:c_h501:"]}
    url = f"{stack.url('identity')}/v1/agencies"
    assert stack.http.post(url, json=other, headers=stack.operations()).is_success
    return stack.token(caller="operator", agency="c_h501", role="desk", purpose="test", case="1")


def test_a_second_citizen_and_all_others_read_nothing_of_it(
    stack: Stack, told: Told, callers: Mapping[str, Header]
) -> None:
    others = {**callers, "a desk elsewhere": a_desk_elsewhere(stack)}
    open_to_desks = {
        ("journey", "/v1/timelines/{subject}"),
        ("insights", "/v1/suggestions/{subject}"),
    }

    leaks = {
        (name, place): mark
        for name, caller in others.items()
        for place, text in texts(stack, told, caller).items()
        for mark in marks(told)
        if mark in text and not (place in open_to_desks and name in READERS)
    }

    assert leaks == {}


def test_nobody_else_acts_on_it(stack: Stack, told: Told, callers: Mapping[str, Header]) -> None:
    reaction = json.dumps({"reaction": "dismissed"})
    acts = [
        ("insights", "POST", f"/v1/suggestions/{told.suggestion}/reactions", reaction),
        ("notifications", "POST", f"/v1/messages/{told.message}/read", None),
        ("identity", "DELETE", f"/v1/links/{told.link}", None),
    ]

    answers = {
        (path, name): stack.http.request(
            method,
            f"{stack.url(each)}{path}",
            content=body,
            headers={**caller, "Content-Type": "application/json"},
        ).status_code
        for each, method, path, body in acts
        for name, caller in callers.items()
        if not (name == "agency" and "links" in path)  # that agency asserted it
    }

    assert set(answers.values()) <= {401, 403, 404}
    assert suggestions(stack, told.citizen)["items"][0]["state"] in {"open", "shown"}
    assert items(stack, "identity", "/v1/links/me", told.citizen)


def test_nobody_links_two_people_by_saying_so(
    stack: Stack, told: Told, callers: Mapping[str, Header]
) -> None:
    identifiers = [{"scheme": "cf", "value": a_fiscal_code_of(n)} for n in (1, 3)]
    everybody = with_services(stack, callers, "identity")

    answers = {
        (name, proof): stack.http.post(
            f"{stack.url('identity')}/v1/links",
            json={"subjects": identifiers, "proof": {"kind": proof, "reference": "1"}},
            headers=caller,
        ).status_code
        for name, caller in everybody.items()
        for proof in ("login", "agency", "operator")
    }

    right = {
        ("agency", "agency"), ("desk", "operator"), ("owner", "operator"),
        ("service portal", "login"),
    }  # fmt: skip
    assert {each for each, told in answers.items() if told not in {401, 403}} == right
    assert {answers[each] for each in right} == {409}  # two people


def test_each_look_is_seen_within_five_seconds(stack: Stack, told: Told) -> None:
    desk = stack.token(
        caller="operator", agency="c_a182", role="desk", purpose="Reclamo", case="R-9"
    )
    asked = [
        ("journey", f"/v1/timelines/{told.subject}"),
        ("insights", f"/v1/suggestions/{told.subject}"),
    ]

    for each, path in asked:
        assert stack.http.get(f"{stack.url(each)}{path}", headers=desk).status_code == 200

    entries = eventually(lambda: seen(stack, told, "R-9", 2), within_s=5)
    assert {each["action"] for each in entries} == {"timeline-read", "suggestions-read"}
    assert {(each["who"], each["role"], each["purpose"]) for each in entries} == {
        ("agency:c_a182", "desk", "Reclamo")
    }


def seen(stack: Stack, told: Told, case: str, count: int) -> list[Json]:
    """Return the entries of a case, once there are as many."""
    found = items(stack, "identity", "/v1/access-log/me?limit=200", told.citizen)
    own = [each for each in found if each["reference"] == case]
    return own if len(own) >= count else []
