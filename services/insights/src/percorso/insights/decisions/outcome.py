"""What a decision says: what is proposed, what was left out and why, and what holds no longer."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from percorso.events.types.own import Via
from percorso.insights.decisions.priority import Priority


class Gate(StrEnum):
    """What a proposal was stopped by, in the order in which proposals are judged."""

    NOTHING_HAPPENED = "nothing-happened"
    NOT_ELIGIBLE = "not-eligible"
    MISSING_FACTS = "missing-facts"
    TOO_LATE = "too-late"
    NO_CONSENT = "no-consent"
    MADE_BEFORE = "made-before"
    SAME_SERVICE = "same-service"
    TOO_MANY_OPEN = "too-many-open"
    ENOUGH_THIS_WEEK = "enough-this-week"
    OPEN_COMPLAINT = "open-complaint"
    OUTRANKED = "outranked"


GATES = {gate: place for place, gate in enumerate(Gate)}


class Proposal(msgspec.Struct, frozen=True):
    """A service, on a channel, from a time on: because of an event, by a rule.

    `rests_on` are the events that its reasons tell of, `subjects` whom those are about.
    """

    suggestion: UUID
    service: str
    rule: str
    purpose: str
    subject: UUID
    event_key: UUID
    via: Via
    send_from: datetime
    expires_at: datetime
    priority: Priority
    rests_on: tuple[UUID, ...]
    subjects: tuple[UUID, ...]


class LeftOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was not proposed: by which rule, because of which event, and what stopped it.

    `missing` names the facts that nobody knows; `until` is when the bound that stopped it ends.
    """

    service: str
    rule: str
    event_key: UUID
    gate: Gate
    missing: tuple[str, ...] = ()
    until: datetime | None = None
    priority: Priority | None = None


class Decision(msgspec.Struct, frozen=True):
    """What follows for one citizen at one instant; `reason` says why nothing is proposed.

    `withdrawn` are earlier suggestions whose grounds do not hold now, `restored` those whose do
    again, `renewed` those whose reasons are others now; `again_at` is when a bound ends that
    stopped something.
    """

    proposed: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    withdrawn: tuple[UUID, ...]
    restored: tuple[UUID, ...]
    renewed: tuple[Proposal, ...]
    reason: Gate | None
    again_at: datetime | None
