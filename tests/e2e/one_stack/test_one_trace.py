"""One trace, one tree: from the agency's POST to the mail that the mail server took."""

import secrets
from collections.abc import Sequence

import pytest

from tests.support.reaching import a_birth, consent, is_at_rest, mails, with_address
from tests.support.stack import Json, Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(240)

AGENCYS_SPAN = "00f067aa0ba902b7"
RECORDED = ("touchpoints", "suggestions", "notifications")  # what journey puts into the timeline
# The last of what happened, on the way to the mailbox and on the way back into the timeline.
RELEASE = ("identity", "post /v1/contacts/release")
LAST = ("journey", "process percorso.notifications.v1")


def test_one_trace_runs_from_the_agencys_post_to_the_accepted_mail(
    stack: Stack, citizen: str, address: str
) -> None:
    trace_id = secrets.token_hex(16)
    parent = with_address(stack, citizen, address)
    consent(stack, parent)
    traceparent = {"traceparent": f"00-{trace_id}-{AGENCYS_SPAN}-01"}

    stack.post(a_birth(citizen), {**stack.agency(), **traceparent})
    eventually(lambda: mails(stack, address))
    eventually(lambda: is_at_rest(stack))
    spans = eventually(lambda: _whole_trace(stack, trace_id))

    known = {span["id"]: span for span in spans}
    roots = [span for span in spans if span["parentId"] not in known]
    assert [(root["name"], root["parentId"]) for root in roots] == [
        ("post /v1/events", AGENCYS_SPAN)
    ]
    assert {span["traceId"] for span in spans} == {trace_id}
    assert _path(known, next(span for span in spans if _is(span, RELEASE))) == [
        RELEASE,
        ("notifications", "send mail"),
        ("notifications", "process percorso.suggestions.v1"),
        ("insights", "decide"),
        ("insights", "process percorso.touchpoints.v1"),
        ("identity", "send percorso.touchpoints.v1"),
        ("identity", "post /v1/events"),
    ]
    journeys = {span["name"] for span in spans if span["localEndpoint"]["serviceName"] == "journey"}
    assert journeys == {"commit", *(f"process percorso.{name}.v1" for name in RECORDED)}
    assert _canaries(stack, [citizen, address, address.partition("@")[0]]) == []


def _whole_trace(stack: Stack, trace_id: str) -> list[Json]:
    """Return the trace when both of its ends are there: each service sends its spans when it likes."""
    answer = stack.http.get(f"{stack.run['traces']}/api/v2/trace/{trace_id}")
    spans: list[Json] = answer.json() if answer.status_code == 200 else []
    known = {span["id"] for span in spans} | {AGENCYS_SPAN}
    has_ends = all(any(_is(span, end) for span in spans) for end in (RELEASE, LAST))
    return spans if has_ends and all(span["parentId"] in known for span in spans) else []


def _is(span: Json, wanted: tuple[str, str]) -> bool:
    return (span["localEndpoint"]["serviceName"], span["name"]) == wanted


def _path(known: dict[str, Json], span: Json) -> list[tuple[str, str]]:
    """Return services and names from a span up to the root."""
    above = known.get(span["parentId"])
    here = (span["localEndpoint"]["serviceName"], span["name"])
    return [here, *(_path(known, above) if above else [])]


def _canaries(stack: Stack, values: Sequence[str]) -> list[str]:
    """Return which of these personal values stand in any span of any trace."""
    answer = stack.http.get(f"{stack.run['traces']}/api/v2/traces", params={"limit": 10_000})
    told = answer.text.lower()
    assert "send mail" in told
    return [each for each in values if each.lower() in told]
