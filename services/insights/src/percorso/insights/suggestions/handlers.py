"""Makes suggestions and takes reactions in, with what is published and counted of them."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from percorso.chassis.outbox import store as outbox
from percorso.events import tracing
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import encode
from percorso.events.topics import SUGGESTIONS
from percorso.events.types.own import CHANNEL_OF, SuggestionMade
from percorso.insights.decisions.making import Changes, Proposed
from percorso.insights.experience.families.suggestions import Happening, Kind
from percorso.insights.rules import Ruleset, explain
from percorso.insights.suggestions import events, store
from percorso.insights.suggestions.events import Said
from percorso.insights.suggestions.states import OPEN, Reaction, State, after
from percorso.insights.suggestions.store import Kept, Origin, Reasons

LATER = timedelta(days=7)  # then a suggestion that was put off is shown again

Count = Callable[[Connection, Iterable[Happening]], Awaitable[None]]
Mark = Callable[[Connection, UUID], Awaitable[None]]


class _Told(NamedTuple):
    """A suggestion, with what is said of it and where it is kept."""

    proposed: Proposed
    said: SuggestionMade
    reasons: Reasons
    origin: Origin


class Suggestions:
    """Keeps suggestions, their events and their counts in step, in the transaction that changes them.

    `count` holds what others wait for, so it comes last. `mark` has it decided about the citizen
    again: a suggestion that is closed leaves room for another.
    """

    def __init__(self, count: Count, mark: Mark) -> None:
        self._count = count
        self._mark = mark

    async def suggest(self, connection: Connection, ruleset: Ruleset, changes: Changes) -> None:
        """Make suggestions, each once for ever; note which hold no longer, do again, or why now."""
        if changes.turned:
            await store.turn(connection, changes.turned)
        if changes.renewed:
            renewed = [_told(each, ruleset).reasons for each in changes.renewed]
            await store.renew(connection, renewed)
        if changes.made:
            await self._make(connection, [_told(each, ruleset) for each in changes.made])

    async def react(
        self, connection: Connection, kept: Kept, reaction: Reaction, now: datetime
    ) -> State:
        """Take a reaction in, once; return where the suggestion stands then.

        `kept` is held. What is closed, expired or withdrawn stays so.
        """
        before = kept.state_at(now)
        state = after(before, reaction)
        if state is before and not _put_off_again(kept, reaction, now):
            return before
        is_closed = state not in OPEN
        await store.move(
            connection,
            kept,
            state,
            shown_at=now if reaction is Reaction.SHOWN else None,
            later_until=now + LATER if reaction is Reaction.LATER else None,
            closed_at=now if is_closed else None,
        )
        if is_closed:
            await self._mark(connection, kept.subject)
        await self._say(connection, kept, reaction, now)
        return state

    async def _make(self, connection: Connection, told: Sequence[_Told]) -> None:
        made = await store.make(connection, [(each.reasons, each.origin) for each in told])
        new = [each for each in told if each.reasons.suggestion_id in made]
        published = [
            events.made(each.proposed.proposal, each.said, each.proposed.traceparent)
            for each in new
        ]
        await _publish(connection, published)
        happenings = [_happening(Kind.MADE, each.origin, each.origin.made_at) for each in new]
        await self._count(connection, happenings)

    async def _say(
        self, connection: Connection, kept: Kept, reaction: Reaction, now: datetime
    ) -> None:
        at = Said(kept.subject, kept.suggestion_id, now, tracing.current_traceparent())
        event = events.reacted(reaction, at, kept.service)
        if event is not None:
            await _publish(connection, [event])
            await self._count(connection, [_happening(Kind(reaction), kept, now)])


async def _publish(connection: Connection, published: Sequence[CloudEvent]) -> None:
    if published:
        await outbox.append(connection, SUGGESTIONS.name, *map(encode, published))


def _put_off_again(kept: Kept, reaction: Reaction, now: datetime) -> bool:
    is_put_off = kept.later_until is not None and kept.later_until > now
    return reaction is Reaction.LATER and kept.state_at(now) is State.LATER and not is_put_off


def _told(proposed: Proposed, ruleset: Ruleset) -> _Told:
    proposal = proposed.proposal
    said = events.suggestion(proposal, explain(proposed.answer, ruleset.registers), ruleset)
    reasons = Reasons(
        subject=proposal.subject,
        suggestion_id=proposal.suggestion,
        expires_at=proposal.expires_at,
        rule=proposal.rule,
        priority=proposal.priority.product,
        words=said.model_dump_json(include={"title", "reasons"}),
        rests_on=store.array(proposal.rests_on),
        told_of=store.array(proposal.subjects),
        decided_for=proposed.decided_for,
        decision_id=proposed.decision_id,
    )
    agency = ruleset.services[proposal.service].agency
    origin = Origin(
        service=proposal.service,
        agency=agency,
        event_key=proposal.event_key,
        purpose=proposal.purpose,
        via=proposal.via,
        made_at=proposal.send_from,
    )
    return _Told(proposed, said, reasons, origin)


def _happening(kind: Kind, of: Origin | Kept, at: datetime) -> Happening:
    return Happening(kind, of.service, of.agency, CHANNEL_OF[of.via], at)
