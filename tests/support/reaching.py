"""Citizens whom Percorso may reach, what makes it reach them, and the mail that arrives."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import psycopg

from tests.support.rest import rests
from tests.support.stack import Json, Stack, an_event
from tests.support.waiting import eventually

PURPOSE = "proactive-suggestions"


def with_address(stack: Stack, fiscal_code: str, address: str) -> dict[str, str]:
    """Give a citizen an address and no quiet hours, as the citizen would; return the reader's header."""
    citizen = stack.citizen(fiscal_code)
    _put(stack, "identity", "/v1/contacts/me", {"email": address, "phone": None}, citizen)
    _put(stack, "notifications", "/v1/preferences/me", {"quiet_hours": None}, citizen)
    return citizen


def consent(stack: Stack, citizen: Mapping[str, str], *, given: bool = True) -> None:
    """Let the citizen allow mail, or forbid it; return when insights knows."""
    _put(stack, "identity", f"/v1/consents/me/{PURPOSE}/email", {"given": given}, citizen)
    eventually(lambda: _known(stack, citizen) is given)


def a_birth(fiscal_code: str) -> Json:
    """Return the event that a child of this citizen was registered today."""
    born_on = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    return an_event(
        fiscal_code,
        type="eu.percorso.birth.registered.v1",
        data={
            "citizen": {"scheme": "cf", "value": fiscal_code},
            "touchpoint": {"channel": "01.1.1", "born_on": born_on, "order": 1},
        },
    )


def suggestions(stack: Stack, citizen: Mapping[str, str]) -> Json:
    """Return what is suggested to a citizen now."""
    answer = stack.http.get(f"{stack.url('insights')}/v1/suggestions/me", headers=dict(citizen))
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


def nothing_because(stack: Stack, citizen: Mapping[str, str]) -> str | None:
    """Return why nothing is suggested to a citizen, by the last decision about them."""
    reason = suggestions(stack, citizen)["reason"]
    return reason and str(reason["code"])


def mails(stack: Stack, address: str) -> list[Json]:
    """Return every mail that arrived for an address, copies too."""
    items: list[Json] = stack.http.get(
        f"{stack.run['mail']}/v1/mails", params={"to": address}
    ).json()["items"]
    return items


def is_at_rest(stack: Stack) -> bool:
    """Say whether nothing is under way, by all that is known; and of each message how it ended.

    What was published a moment ago may not be known yet: before you say that something did not
    happen, wait for what happens in its place, as `nothing_because` says of a mail that is not sent.
    """
    seen = {name: stack.status(name) for name in ("insights", "notifications", "journey")}
    return (
        rests(**seen)
        and seen["notifications"]["messages"]["unknown"] == 0
        and not any(_unpublished(stack, name) for name in seen)
    )


def _unpublished(stack: Stack, service: str) -> int:
    """Return how many events wait in a service's outbox."""
    with psycopg.connect(stack.run["postgres"][service]) as connection:
        row = connection.execute("SELECT count(*) FROM outbox").fetchone()
    assert row is not None
    return int(row[0])


def _put(stack: Stack, service: str, path: str, body: Json, citizen: Mapping[str, str]) -> None:
    answer = stack.http.put(f"{stack.url(service)}{path}", json=body, headers=dict(citizen))
    assert answer.is_success, answer.text


def _known(stack: Stack, citizen: Mapping[str, str]) -> bool | None:
    """Return what insights knows of the citizen's consent."""
    known = "SELECT is_given FROM consents WHERE (subject, purpose, channel) = (%s, %s, 'email')"
    with psycopg.connect(stack.run["postgres"]["insights"]) as connection:
        row = connection.execute(known, [_subject(citizen), PURPOSE]).fetchone()
    return None if row is None else bool(row[0])


def _subject(citizen: Mapping[str, str]) -> str:
    """Return the subject that a citizen's token names."""
    claims = citizen["Authorization"].split(".")[1]
    subject: str = json.loads(urlsafe_b64decode(claims + "=="))["sub"]
    return subject
