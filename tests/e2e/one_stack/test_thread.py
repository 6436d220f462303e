"""Stories over the whole stack: what an agency posts, its citizen reads, and nobody else."""

import random

import pytest

from tests.support.citizens import a_fiscal_code
from tests.support.stack import Json, Stack, an_event
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)


def test_what_an_agency_posts_stands_in_its_citizens_timeline(stack: Stack, citizen: str) -> None:
    event = an_event(citizen)

    answer = stack.post(event, stack.agency())

    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "rejected": []}
    reader = stack.citizen(citizen)
    (item,) = eventually(lambda: stack.timeline(reader)["items"])
    assert item["id"] == event["id"]
    assert item["touchpoint"] == event["data"]["touchpoint"]
    assert (item["agency"], item["service"]) == ("c_a182", "cambio-residenza")


def test_a_second_citizen_sees_nothing_of_it(stack: Stack, citizen: str) -> None:
    stack.post(an_event(citizen), stack.agency())
    eventually(lambda: stack.timeline(stack.citizen(citizen))["items"])

    other = stack.citizen(a_fiscal_code(random.Random()))

    assert stack.timeline(other)["items"] == []


def test_one_trace_runs_from_the_post_to_the_commit(stack: Stack, citizen: str) -> None:
    stack.post(an_event(citizen), stack.agency())
    (item,) = eventually(lambda: stack.timeline(stack.citizen(citizen))["items"])

    spans = eventually(lambda: _whole_trace(stack, item["trace_id"]))

    parents = {span["id"]: span for span in spans}
    path = []
    at: Json | None = next(span for span in spans if _is_of_journey(span, "commit"))
    while at:
        path.append((at["localEndpoint"]["serviceName"], at["name"]))
        at = parents.get(at.get("parentId"))
    assert path == [
        ("journey", "commit"),
        ("journey", "process percorso.touchpoints.v1"),
        ("identity", "send percorso.touchpoints.v1"),
        ("identity", "post /v1/events"),  # Zipkin writes names in lower case
    ]
    assert citizen.lower() not in str(spans).lower()


def _whole_trace(stack: Stack, trace_id: str) -> list[Json]:
    answer = stack.http.get(f"{stack.run['traces']}/api/v2/trace/{trace_id}")
    spans: list[Json] = answer.json() if answer.status_code == 200 else []
    # Each service sends its own when it likes.
    has_both_ends = any(_is_of_journey(span, "commit") for span in spans) and any(
        span["name"] == "post /v1/events" for span in spans
    )
    return spans if has_both_ends else []


def _is_of_journey(span: Json, name: str) -> bool:
    return bool(span["name"] == name and span["localEndpoint"]["serviceName"] == "journey")


def test_a_timeline_is_fresh_within_a_second_of_the_answer(stack: Stack, citizen: str) -> None:
    stack.post([an_event(citizen) for _ in range(50)], stack.agency())
    reader = stack.citizen(citizen)

    page = eventually(lambda: _full(stack.timeline(reader, limit=200), 50))

    eventually(lambda: stack.timeline(reader)["freshness_ms"] == 0)
    assert page["next_cursor"] is None


def _full(page: Json, count: int) -> Json:
    return page if len(page["items"]) == count else {}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_hold_everything_once_and_in_order(stack: Stack, citizen: str, order: str) -> None:
    minutes = [n % 7 for n in range(60)]
    events = [an_event(citizen, time=f"2026-05-04T10:{m:02}:00Z") for m in minutes]
    stack.post(events, stack.agency())
    reader = stack.citizen(citizen)
    eventually(lambda: _full(stack.timeline(reader, limit=200), 60))

    items: list[Json] = []
    cursor = None
    while cursor or not items:
        page = stack.timeline(
            reader, order=order, limit=7, **({"cursor": cursor} if cursor else {})
        )
        items += page["items"]
        cursor = page["next_cursor"]

    times = [item["occurred_at"] for item in items]
    assert sorted(item["id"] for item in items) == sorted(event["id"] for event in events)
    assert times == sorted(times, reverse=order == "desc")


def test_a_cursor_of_one_citizen_is_refused_to_another(stack: Stack, citizen: str) -> None:
    stack.post([an_event(citizen) for _ in range(3)], stack.agency())
    reader = stack.citizen(citizen)
    eventually(lambda: _full(stack.timeline(reader), 3))
    cursor = stack.timeline(reader, limit=1)["next_cursor"]

    answer = stack.http.get(
        f"{stack.url('journey')}/v1/timelines/me",
        params={"limit": 1, "cursor": cursor},
        headers=stack.citizen(a_fiscal_code(random.Random())),
    )

    assert answer.status_code == 422
    assert cursor not in answer.text


def test_filters_narrow_a_timeline(stack: Stack, citizen: str) -> None:
    wanted = an_event(citizen, time="2026-03-01T00:00:00Z")
    wanted["data"]["touchpoint"] |= {"service": "tari", "channel": "02.1", "matter": "TARI/7"}
    stack.post([wanted, an_event(citizen)], stack.agency())
    reader = stack.citizen(citizen)
    eventually(lambda: _full(stack.timeline(reader), 2))

    for query in (
        {"service": "tari"},
        {"channel": "02.1"},
        {"matter": "TARI/7"},
        {"to": "2026-03-01T00:00:01Z"},
        {"from": "2026-02-28T23:00:00-01:00", "to": "2026-03-02T00:00:00+02:00"},
        {"type": wanted["type"], "agency": "c_a182", "service": "tari"},
    ):
        assert [item["id"] for item in stack.timeline(reader, **query)["items"]] == [wanted["id"]]
    assert stack.timeline(reader, service="tari", channel="01.1.1")["items"] == []


def test_a_withdrawn_touchpoint_is_hidden_even_when_the_withdrawal_came_first(
    stack: Stack, citizen: str
) -> None:
    event = an_event(citizen)
    about = {"source": event["source"], "id": event["id"]}
    withdrawal = an_event(citizen, type="eu.percorso.touchpoint.withdrawn.v1")
    withdrawal["data"]["touchpoint"] = {"channel": "01.1.1", "about": about, "reason": "a mistake"}
    reader = stack.citizen(citizen)

    stack.post(withdrawal, stack.agency())
    eventually(lambda: stack.timeline(reader)["items"])
    stack.post([event, an_event(citizen)], stack.agency())

    page = eventually(lambda: _full(stack.timeline(reader), 2))
    assert event["id"] not in {item["id"] for item in page["items"]}


def test_an_event_sent_again_stands_once_and_counts_as_accepted(stack: Stack, citizen: str) -> None:
    event = an_event(citizen)
    for sent in (event, [event, event], event):
        assert stack.post(sent, stack.agency()).status_code == 202

    reader = stack.citizen(citizen)
    eventually(lambda: stack.timeline(reader)["items"])
    eventually(lambda: stack.status()["lag"] == 0)
    assert len(stack.timeline(reader)["items"]) == 1


def test_a_new_agency_posts_at_once_and_only_for_its_own_sources(
    stack: Stack, citizen: str
) -> None:
    new = {"code": "c_h501", "sources": ["urn:it:c_h501:"], "links": False}
    url = f"{stack.url('identity')}/v1/agencies"
    assert stack.http.post(url, json=new, headers=stack.operations()).status_code in {200, 201}
    caller = stack.agency("c_h501")

    own = stack.post(an_event(citizen, source="urn:it:c_h501:urp"), caller)
    foreign = stack.post(an_event(citizen), caller)

    assert own.status_code == 202
    assert foreign.status_code == 403
