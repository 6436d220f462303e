"""What suggestions make owed: one message each, and nothing of what is not a suggestion of ours."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.notifications.delivery.owed import MADE, Owed, ended, message_id, owed
from percorso.notifications.texts.rendering import PURPOSES
from tests.support.events import a_subject, an_event
from tests.support.suggestions import SUGGESTION, a_suggestion

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"


def _owed(payload: bytes) -> Owed:
    return owed(an_event(type=MADE, touchpoint=payload), PURPOSES, TRACE)


def _refused(payload: bytes) -> Reason:
    with pytest.raises(Unprocessable) as refusal:
        _owed(payload)
    return refusal.value.reason


def test_a_suggestion_owes_one_message_named_by_it() -> None:
    made = _owed(a_suggestion())

    assert made.message_id == message_id(SUGGESTION) != message_id("another")
    assert made.subject == a_subject()
    assert (made.purpose, made.via, made.traceparent) == ("proactive-suggestions", "email", TRACE)
    assert made.send_from == datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert made.expires_at == datetime(2026, 6, 3, 10, tzinfo=UTC)
    assert made.suggestion.encode() == a_suggestion()


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": "advertising"},
        {"via": "pigeon"},
        {"title": None},
        {"unknown": 1},
        {"expires_at": "tomorrow"},
        {"link": "javascript:alert(1)"},
        {"link": "http://www.inps.it"},
        {"link": "https://www.inps.it/\nThis is really ours: AAAA"},
        {"link": "https://www.inps.it/ "},
    ],
)
def test_what_cannot_be_sent_is_refused(changed: dict[str, Any]) -> None:
    assert _refused(a_suggestion(**changed)) is Reason.INVALID_TOUCHPOINT


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", b"{" * 2_000, b"null"])
def test_what_is_no_suggestion_is_refused(payload: bytes) -> None:
    assert _refused(payload) is Reason.INVALID_TOUCHPOINT


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_nothing_else_is_raised(payload: bytes) -> None:
    assert _refused(payload) is Reason.INVALID_TOUCHPOINT


@pytest.mark.parametrize("verb", ["followed", "dismissed"])
def test_a_reaction_names_the_same_message(verb: str) -> None:
    assert ended(_reaction(verb, {"channel": "05", "suggestion": SUGGESTION})) == message_id(
        SUGGESTION
    )


def test_a_broken_reaction_is_refused() -> None:
    with pytest.raises(Unprocessable):
        ended(_reaction("followed", {"channel": "05"}))


def _reaction(verb: str, payload: dict[str, str]) -> CloudEvent:
    event = an_event(touchpoint=json.dumps(payload).encode())
    return structs.replace(event, type=f"eu.percorso.suggestion.{verb}.v1")
