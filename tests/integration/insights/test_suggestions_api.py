"""What citizens read of their suggestions, and what their reactions do, over a real database."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from msgspec import structs

from percorso.chassis import problems
from percorso.chassis.testing import Issuer
from percorso.citizens.accesses.shares import ShareState
from percorso.events.topics import ACCESS
from percorso.events.types.own import SuggestionMade
from percorso.insights.decisions.inputs import Policy
from percorso.insights.decisions.past import PastDecisions
from percorso.insights.suggestions import api
from percorso.insights.suggestions.api import Desk
from tests.support import insights
from tests.support.databases import Database
from tests.support.decisions import BOUNDS, FREE, a_birth, a_consent, a_notice, an_event
from tests.support.events import a_subject, a_withdrawal
from tests.support.insights import Insights, a_link

ISSUER = Issuer()
PARENT, OTHER = a_subject(1), a_subject(2)
BIRTH = {"source": "urn:it:c_a182:anagrafe", "id": "birth"}


@pytest.fixture
def policy() -> Policy:
    """How much a citizen is told; a test may ask for another."""
    return BOUNDS


@pytest.fixture
async def system(insights_database: Database, policy: Policy) -> AsyncIterator[Insights]:
    async with insights.running(insights_database, policy=policy) as system:
        yield system


@pytest.fixture
async def client(system: Insights) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    desk = Desk(
        system.pool,
        PastDecisions(),
        system.suggestions.react,
        committed=lambda: None,
        clock=system.clock,
    )
    app.include_router(api.router(ISSUER.tokens("insights"), desk))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://insights") as client:
        yield client


def of(subject: UUID) -> dict[str, str]:
    return {"authorization": ISSUER.citizen("insights", subject)}


async def read(client: httpx.AsyncClient, subject: UUID = PARENT) -> dict[str, Any]:
    answer = await client.get("/v1/suggestions/me", headers=of(subject))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    page: dict[str, Any] = answer.json()
    return page


async def why(client: httpx.AsyncClient, suggestion: str, subject: UUID = PARENT) -> httpx.Response:
    return await client.get(f"/v1/suggestions/{suggestion}/why", headers=of(subject))


async def react(
    client: httpx.AsyncClient, suggestion: str, reaction: str, subject: UUID = PARENT
) -> httpx.Response:
    return await client.post(
        f"/v1/suggestions/{suggestion}/reactions", json={"reaction": reaction}, headers=of(subject)
    )


async def suggested(system: Insights, client: httpx.AsyncClient) -> str:
    """Have a birth suggest something to the parent; return its id."""
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()
    (item,) = (await read(client))["items"]
    return str(item["id"])


async def test_the_parent_reads_what_is_suggested_and_nobody_else_does(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)

    (item,) = (await read(client))["items"]
    assert item["service"] == "scelta-pediatra"
    assert item["channel"] == "email"
    assert item["state"] == "open"
    assert item["rule"].startswith("scelta-pediatra-nascita@")
    assert len(item["reasons"]["it"]) == len(item["reasons"]["en"]) > 0
    assert (await read(client, OTHER))["items"] == []
    assert (await why(client, suggestion, OTHER)).status_code == 404
    assert (await react(client, suggestion, "shown", OTHER)).status_code == 404


async def test_why_tells_reasons_events_law_priority_and_what_would_change_it(
    system: Insights, client: httpx.AsyncClient
) -> None:
    answer = await why(client, await suggested(system, client))

    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    event = told["reasons"][0]["events"][0]
    assert {name: event[name] for name in ("source", "id")} == BIRTH
    assert event["agency"] == "c_a182"
    assert event["occurred_at"] == "2026-05-03T12:00:00Z"
    assert told["legal_reference"]["url"].startswith("https://")
    assert told["flip"]["value"] != told["flip"]["known"]
    parts = told["priority"]
    product = parts.pop("product")
    assert product == 2 * 5 * 5 * 3 * 5
    assert parts == {"urgency": 2, "benefit": 5, "context": 5, "acceptance": 3, "lever": 5}


async def test_all_linked_subjects_read_the_same(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)
    link = a_link(PARENT, OTHER)
    await system.learn(link)

    assert [item["id"] for item in (await read(client, OTHER))["items"]] == [suggestion]
    assert (await why(client, suggestion, OTHER)).status_code == 200

    await system.learn(structs.replace(link, version=2, is_live=False))

    assert (await read(client, OTHER))["items"] == []
    assert (await why(client, suggestion, OTHER)).status_code == 404


async def test_nobody_reads_of_an_event_of_whom_they_were_linked_with_by_mistake(
    system: Insights, client: httpx.AsyncClient
) -> None:
    link = a_link(PARENT, OTHER)
    await system.learn(a_consent(), link)
    card, until = "carta-identita", "2026-05-20"
    await system.take(
        a_notice("own"),
        an_event("document.expiring", "x", subject=OTHER, document=card, expires_on=until),
    )
    await system.decide()
    items = (await read(client))["items"]
    assert {item["service"] for item in items} == {"pagamento-avviso", "carta-identita"}

    await system.learn(structs.replace(link, version=2, is_live=False))
    before_it_is_decided = (await read(client))["items"]
    (theirs,) = (item["id"] for item in items if item["service"] == "carta-identita")

    assert [item["service"] for item in before_it_is_decided] == ["pagamento-avviso"]
    assert (await why(client, theirs)).status_code == 404
    await system.decide()
    assert [item["service"] for item in (await read(client))["items"]] == ["pagamento-avviso"]
    assert [item["service"] for item in (await read(client, OTHER))["items"]] == ["carta-identita"]


@pytest.mark.parametrize("policy", [FREE])
async def test_reasons_that_told_of_the_others_event_are_told_anew_after_the_link_is_undone(
    system: Insights, client: httpx.AsyncClient
) -> None:
    link = a_link(PARENT, OTHER)
    await system.learn(a_consent(), link)
    vehicle: dict[str, Any] = {"name": "verifica-veicolo", "outcome": "yes"}
    await system.take(
        an_event("residence.changed", "move", to_area="a-1", moved_on="2026-05-01"),
        an_event("touchpoint.recorded", "own", days_ago=9, **vehicle),
        an_event("touchpoint.recorded", "theirs", subject=OTHER, days_ago=2, **vehicle),
    )
    await system.decide()
    assert "theirs" in await _parking(client)
    assert await _told_of(system) == {PARENT, OTHER}
    statement = "SELECT suggestion_id FROM suggestions WHERE service = 'permesso-sosta-residenti'"
    suggestion = str(await system.value(statement))

    await system.learn(structs.replace(link, version=2, is_live=False))
    assert await _parking(client) == []
    assert (await why(client, suggestion)).status_code == 404
    await system.decide()

    assert await _parking(client) == ["move", "own"]


async def _parking(client: httpx.AsyncClient) -> list[str]:
    """Return the events that the suggestion of a permit tells of; none while it is not shown."""
    for item in (await read(client))["items"]:
        if item["service"] == "permesso-sosta-residenti":
            told = (await why(client, item["id"])).json()
            return sorted({event["id"] for each in told["reasons"] for event in each["events"]})
    return []


async def _told_of(system: Insights) -> set[UUID]:
    """Return of whom it is published that the suggestion of a permit tells."""
    made = [SuggestionMade.model_validate_json(e.touchpoint) for e in await system.published()]
    (permit,) = (each for each in made if each.service == "permesso-sosta-residenti")
    return set(permit.told_of)


async def test_who_has_nothing_reads_why(system: Insights, client: httpx.AsyncClient) -> None:
    nothing = await read(client)
    await system.take(a_birth())
    await system.decide()

    no_consent = await read(client)

    assert (nothing["items"], nothing["reason"]["code"]) == ([], "nothing-happened")
    assert (no_consent["items"], no_consent["reason"]["code"]) == ([], "no-consent")
    assert no_consent["reason"]["it"] == "Non hai dato il consenso a ricevere suggerimenti."


async def shown_to(client: httpx.AsyncClient, by: str) -> httpx.Response:
    return await client.get(f"/v1/suggestions/{PARENT}", headers={"authorization": by})


async def test_an_operator_sees_what_rests_on_what_their_agency_may_see_and_the_citizen_that_they_did(
    system: Insights, client: httpx.AsyncClient
) -> None:
    await system.learn(a_consent(), a_link(PARENT, OTHER))
    await system.take(a_birth(service="anagrafe", subject=OTHER))
    await system.decide()
    elsewhere = ISSUER.operator("insights", agency="c_h501", case="C-2")

    own = (await shown_to(client, ISSUER.operator("insights"))).json()
    before = (await shown_to(client, elsewhere)).json()
    await system.learn(ShareState("c_a182", "anagrafe", "c_h501", 1, is_shared=True))
    shared = (await shown_to(client, elsewhere)).json()
    await system.learn(ShareState("c_a182", "anagrafe", "c_h501", 2, is_shared=False))
    after = (await shown_to(client, elsewhere)).json()

    assert [each["service"] for each in own["items"]] == ["scelta-pediatra"]
    assert before == after == {"items": [], "reason": None, "next_cursor": None}
    assert shared == own
    entries = [
        (each.subject, json.loads(each.touchpoint)) for each in await system.published(ACCESS)
    ]
    assert sorted((said["case"], str(who)) for who, said in entries) == sorted(
        (case, str(who)) for case in ("C-1", "C-2", "C-2", "C-2") for who in (PARENT, OTHER)
    )
    assert {said["action"] for _, said in entries} == {"suggestions-read"}
    assert len({said["entry"] for _, said in entries}) == 4


async def test_nobody_else_reads_a_citizens_suggestions(
    system: Insights, client: httpx.AsyncClient
) -> None:
    await suggested(system, client)
    others = [
        ISSUER.operator("insights", "operations"),
        ISSUER.citizen("insights", PARENT),
        ISSUER.agency("insights"),
        ISSUER.service("insights", "journey"),
    ]

    answers = [await shown_to(client, each) for each in others]

    assert {answer.status_code for answer in answers} == {403}
    assert await system.published(ACCESS) == []


async def test_a_reaction_moves_a_suggestion_on_once(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)

    answers = [
        (await react(client, suggestion, reaction)).json()["state"]
        for reaction in ("shown", "shown", "followed", "shown", "dismissed", "followed")
    ]

    assert answers == ["shown", "shown", "followed", "followed", "followed", "followed"]
    assert [event.id for event in await system.published()] == [
        f"{suggestion}/made",
        f"{suggestion}/shown",
        f"{suggestion}/followed",
    ]
    counted = await system.rows(
        "SELECT metric, count FROM metric_minutes WHERE metric LIKE 'sugg%'"
    )
    assert dict(counted) == {
        "suggestions-made": 1,
        "suggestions-shown": 1,
        "suggestions-followed": 1,
    }
    assert (await read(client))["items"] == []


async def test_later_hides_a_suggestion_for_a_week_and_is_no_event(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)

    assert (await react(client, suggestion, "later")).json()["state"] == "later"
    assert (await read(client))["items"] == []
    system.clock.advance(timedelta(days=3).total_seconds())
    await react(client, suggestion, "later")  # again is the same
    system.clock.advance(timedelta(days=4).total_seconds())

    (item,) = (await read(client))["items"]
    assert (item["id"], item["state"]) == (suggestion, "later")
    assert len(await system.published()) == 1
    assert (await react(client, suggestion, "later")).json()["state"] == "later"
    assert (await read(client))["items"] == []


@pytest.mark.parametrize("policy", [structs.replace(FREE, max_open=1)])
async def test_what_is_dismissed_leaves_room_for_another(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)

    await react(client, suggestion, "dismissed")
    await system.decide()

    (item,) = (await read(client))["items"]
    assert item["id"] != suggestion


async def test_what_is_withdrawn_is_seen_no_more_and_stays_so(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)
    await system.take(a_withdrawal("w", "birth"))
    await system.decide()

    assert (await read(client))["items"] == []
    assert (await why(client, suggestion)).status_code == 404
    assert (await react(client, suggestion, "followed")).json()["state"] == "withdrawn"
    assert len(await system.published()) == 1


async def test_what_expired_is_seen_no_more(system: Insights, client: httpx.AsyncClient) -> None:
    suggestion = await suggested(system, client)
    system.clock.advance(timedelta(days=30).total_seconds())

    assert (await read(client))["items"] == []
    assert (await react(client, suggestion, "followed")).json()["state"] == "expired"


@pytest.mark.parametrize("policy", [FREE])
async def test_the_best_comes_first(system: Insights, client: httpx.AsyncClient) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    await system.decide()

    items = (await read(client))["items"]
    products = [(await why(client, item["id"])).json()["priority"]["product"] for item in items]
    assert len(products) > 3
    assert products == sorted(products, reverse=True)


async def test_an_unknown_suggestion_and_a_wrong_reaction_are_problems(
    system: Insights, client: httpx.AsyncClient
) -> None:
    suggestion = await suggested(system, client)

    assert (await why(client, str(uuid4()))).status_code == 404
    assert (await react(client, str(uuid4()), "shown")).status_code == 404
    wrong = await react(client, suggestion, "bought")
    assert wrong.status_code == 422
    assert "bought" not in wrong.text
