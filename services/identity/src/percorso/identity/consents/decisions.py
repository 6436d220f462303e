"""What a decision makes of what a citizen said before; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from percorso.citizens.consents.facts import Channel, ConsentState, Purpose, counting

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a citizen says, as the subject that is logged in."""

    subject: UUID
    purpose: Purpose
    channel: Channel
    is_given: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of a decision that the citizen keeps, with the version of the words shown."""

    id: UUID
    state: ConsentState
    text_version: int


def decided(
    states: Iterable[ConsentState], decision: Decision, now: datetime
) -> ConsentState | None:
    """Return the subject's new state, or None where the decision changes nothing.

    `states` are those of all subjects of the citizen, for that purpose. It changes nothing where
    the subject said the same last and that is what counts; where another subject of the citizen
    has said otherwise since, it is a new decision. A new one is later than all that it overrules,
    whatever the clock says.
    """
    same_channel = [each for each in states if each.channel == decision.channel]
    last = counting(same_channel, decision.channel)
    own = next((each for each in same_channel if each.subject == decision.subject), None)
    if last and own and last.is_given == own.is_given == decision.is_given:
        return None
    return ConsentState(
        subject=decision.subject,
        purpose=decision.purpose,
        channel=decision.channel,
        version=own.version + 1 if own else 1,
        is_given=decision.is_given,
        decided_at=max(now, last.decided_at + _MICROSECOND) if last else now,
    )
