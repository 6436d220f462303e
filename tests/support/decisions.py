"""What decisions are made of, for tests: facts, consents and earlier suggestions of one citizen."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from percorso.citizens.consents.facts import ConsentState
from percorso.events.envelope import CloudEvent
from percorso.insights.decisions.deciding import decide
from percorso.insights.decisions.inputs import Inputs, Policy, Suggested, inputs
from percorso.insights.decisions.outcome import Decision
from percorso.insights.facts.rows import Fact, read
from percorso.insights.suggestions.states import State
from tests.support.events import NOON, SOURCE, a_subject
from tests.support.rules import shipped

NOW = NOON
BIRTH = "birth.registered"
APPLIED = "application.submitted"
NOTICE = "payment.requested"
BOUNDS = Policy()
FREE = Policy(max_open=1_000, per_week=1_000, same_service_days=0)  # as if there were no bounds


def an_event(
    noun_verb: str,
    id: str = "1",  # noqa: A002
    *,
    days_ago: float = 1,
    subject: UUID | None = None,
    traceparent: str | None = None,
    **members: object,
) -> CloudEvent:
    """Return an agency's event, so many days before `NOW`."""
    at = NOW - timedelta(days=days_ago)
    return CloudEvent(
        subject=subject or a_subject(),
        id=id,
        source=SOURCE,
        type=f"eu.percorso.{noun_verb}.v1",
        time=at,
        received_at=at + timedelta(seconds=1),
        agency="c_a182",
        touchpoint=json.dumps({"channel": "01.1.1"} | members).encode(),
        traceparent=traceparent,
    )


def a_birth(id: str = "birth", **more: object) -> CloudEvent:  # noqa: A002
    """Return the event that sets off most rules."""
    return an_event(BIRTH, id, **{"born_on": "2026-05-01", "order": 1, **more})  # type: ignore[arg-type]


def a_notice(id: str = "notice", due_in: float = 10, **more: object) -> CloudEvent:  # noqa: A002
    """Return the event that sets off a duty."""
    due = (NOW + timedelta(days=due_in)).isoformat()
    return an_event(NOTICE, id, notice=id, amount_cents=4_200, due=due, **more)  # type: ignore[arg-type]


def a_consent(
    channel: str = "any",
    *,
    given: bool = True,
    version: int = 1,
    subject: UUID | None = None,
    at: datetime | None = None,
) -> ConsentState:
    """Return what a citizen said of suggestions."""
    return ConsentState(
        subject or a_subject(),
        "proactive-suggestions",
        channel,  # type: ignore[arg-type]
        version,
        given,
        at or NOW - timedelta(days=60) + timedelta(minutes=version),
    )


def a_suggestion(
    service: str,
    event_key: UUID,
    *,
    days_ago: float = 1,
    state: State = State.OPEN,
    is_withdrawn: bool = False,
    rests_on: Sequence[UUID] = (),
    **more: object,
) -> Suggested:
    """Return an earlier suggestion, made so many days before `NOW`."""
    made_at = NOW - timedelta(days=days_ago)
    members: dict[str, object] = {
        "subject": a_subject(),
        "id": uuid5(event_key, service),
        "purpose": "proactive-suggestions",
        "expires_at": made_at + timedelta(days=30),
        **more,
    }
    return Suggested(
        service=service,
        event_key=event_key,
        made_at=made_at,
        state=state,
        is_withdrawn=is_withdrawn,
        rests_on=tuple(rests_on) or (event_key,),
        **members,  # type: ignore[arg-type]
    )


def facts(events: Iterable[CloudEvent]) -> list[Fact]:
    """Return events as facts."""
    return [read(event).fact for event in events]


@dataclass(frozen=True)
class Case:
    """A citizen to decide about."""

    events: Sequence[CloudEvent] = ()
    consents: Sequence[ConsentState] = (a_consent(),)
    suggested: Sequence[Suggested] = ()
    policy: Policy = BOUNDS
    now: datetime = NOW

    def inputs(self) -> Inputs:
        """Return what the decision is a function of."""
        subjects = {
            a_subject(),
            *(each.subject for each in self.events),
            *(each.subject for each in self.consents),
        }
        return inputs(
            self.now,
            subjects,
            facts=facts(self.events),
            consents=self.consents,
            suggested=self.suggested,
            policy=self.policy,
            ruleset=shipped().version,
        )

    def decide(self) -> Decision:
        """Decide by the shipped rules."""
        return decide(self.inputs(), shipped()).decision


def services(decision: Decision) -> list[str]:
    """Return what is proposed, in order."""
    return [each.service for each in decision.proposed]


def gates(decision: Decision) -> dict[str, str]:
    """Return by service what stopped it."""
    return {each.service: each.gate.value for each in decision.left_out}
