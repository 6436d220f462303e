"""What is said of messages: events of the catalogue, each with one id for ever."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest

from percorso.events.catalogue import CATALOGUE
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import decode, encode
from percorso.events.topics import NOTIFICATIONS
from percorso.events.types.own import CHANNEL_OF, Via
from percorso.notifications.delivery.announcements import announcement
from percorso.notifications.delivery.owed import message_id
from percorso.notifications.delivery.states import State, Step
from tests.support.events import a_subject
from tests.support.suggestions import SUGGESTION, a_suggestion

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MESSAGE = message_id(SUGGESTION)
SAID = [
    (Step(State.SENT), "sent"),
    (Step(State.DELIVERED), "delivered"),
    (Step(State.READ), "read"),
    (Step(State.FAILED, "no-consent"), "failed"),
    (Step(State.UNKNOWN, "unknown"), "failed"),
    (Step(State.EXPIRED, "expired"), "failed"),
]


def _said(step: Step, **members: object) -> CloudEvent | None:
    payload = a_suggestion(matter="AN/2026/1", life_event="1", **members).decode()
    return announcement(a_subject(), MESSAGE, payload, step=step, at=NOW, traceparent=None)


def test_every_way_to_reach_a_citizen_has_its_code() -> None:
    (ways, _) = get_args(Via)

    assert CHANNEL_OF.keys() == set(get_args(ways))


@pytest.mark.parametrize(("step", "verb"), SAID)
def test_each_step_that_matters_is_said_in_the_catalogues_words(step: Step, verb: str) -> None:
    event = _said(step)

    assert event is not None
    kind = CATALOGUE[event.type]
    said = kind.model.model_validate_json(event.touchpoint)
    assert (kind.topic, event.type) == (NOTIFICATIONS, f"eu.percorso.notification.{verb}.v1")
    assert said.model_dump(
        include={"service", "matter", "life_event", "message", "suggestion"}
    ) == {
        "service": "assegno-unico",
        "matter": "AN/2026/1",
        "life_event": "1",
        "message": str(MESSAGE),
        "suggestion": SUGGESTION,
    }
    assert getattr(said, "reason", None) == step.reason


@pytest.mark.parametrize("state", [State.WAITING, State.SENDING, State.CANCELLED])
def test_of_the_other_steps_nothing_is_said(state: State) -> None:
    assert _said(Step(state)) is None


def test_an_event_travels_as_any_other_and_its_id_is_always_the_same() -> None:
    event, again = _said(Step(State.SENT)), _said(Step(State.SENT))

    assert event is not None
    assert again is not None
    assert decode(_Stored(*encode(event))) == event
    assert event.id == again.id == f"{MESSAGE}/sent"
    assert (event.source, event.agency) == ("urn:percorso:notifications", "percorso")


@pytest.mark.parametrize(
    ("step", "via", "channel"),
    [
        (Step(State.SENT), "email", "04.2"),
        (Step(State.DELIVERED), "inbox", "05"),
        (Step(State.FAILED, "no-consent"), "inbox", "05"),
        (Step(State.READ), "email", "05"),
    ],
)
def test_it_names_the_channel_on_which_it_happened(step: Step, via: str, channel: str) -> None:
    event = _said(step, via=via)

    assert event is not None
    assert f'"channel":"{channel}"'.encode() in event.touchpoint


class _Stored:
    def __init__(self, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        self.key, self.value, self.headers = key, value, headers


def test_messages_of_two_suggestions_say_different_events() -> None:
    other = announcement(
        a_subject(),
        UUID(int=1),
        a_suggestion().decode(),
        step=Step(State.SENT),
        at=NOW,
        traceparent=None,
    )
    own = _said(Step(State.SENT))

    assert other is not None
    assert own is not None
    assert other.id != own.id
