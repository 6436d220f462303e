"""Everything that a decision is a function of."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from percorso.citizens.consents.facts import ConsentState
from percorso.insights.facts.rows import Fact
from percorso.insights.suggestions.states import OPEN, State

Grounds = tuple[str, UUID, UUID]


class Policy(msgspec.Struct, frozen=True):
    """How much a citizen is told at the most; duties know none of these bounds."""

    max_open: int = 3
    per_week: int = 1
    same_service_days: int = 90
    # Of older complaints it is not asked whether they were answered: imports seldom say so.
    complaint_days: int = 180


class Suggested(msgspec.Struct, frozen=True, array_like=True):
    """An earlier suggestion to the citizen, as far as decisions look at it."""

    subject: UUID
    id: UUID
    service: str
    event_key: UUID
    purpose: str
    made_at: datetime
    expires_at: datetime
    state: State
    is_withdrawn: bool
    rests_on: tuple[UUID, ...]  # the events that its reasons tell of

    @property
    def grounds(self) -> Grounds:
        """Return what it was made for: the service, and the event of its subject."""
        return self.service, self.subject, self.event_key

    def is_open(self, now: datetime) -> bool:
        """Say whether the citizen may still take it up."""
        return self.state in OPEN and now < self.expires_at


class Inputs(msgspec.Struct, frozen=True):
    """What is known of a citizen at an instant, each list in an order of its own."""

    now: datetime
    members: tuple[UUID, ...]
    facts: tuple[Fact, ...]
    consents: tuple[ConsentState, ...]
    suggested: tuple[Suggested, ...]
    policy: Policy
    ruleset: str


def inputs(  # noqa: PLR0913 - all that a decision is a function of
    now: datetime,
    members: Iterable[UUID],
    *,
    facts: Iterable[Fact],
    consents: Iterable[ConsentState],
    suggested: Iterable[Suggested],
    policy: Policy,
    ruleset: str,
) -> Inputs:
    """Put inputs in order, so that the same ones give the same record, however they were read."""
    return Inputs(
        now=now,
        members=tuple(sorted(members)),
        facts=tuple(sorted(facts, key=lambda fact: fact.place)),
        consents=tuple(sorted(consents, key=lambda each: (each.subject, each.channel))),
        suggested=tuple(sorted(suggested, key=lambda each: (each.subject, each.id))),
        policy=policy,
        ruleset=ruleset,
    )


def facts_hash(facts: Iterable[Fact]) -> bytes:
    """Return SHA-256 over facts in order; when they were received is no part of it."""
    digest = sha256()
    for fact in facts:
        digest.update(msgspec.json.encode(fact[:4] + fact[5:]))
    return digest.digest()


WEEK = timedelta(days=7)
