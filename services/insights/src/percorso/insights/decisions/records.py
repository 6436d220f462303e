"""A decision as it is kept: its outcome, and its inputs so that it can be made again bit for bit."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from percorso.citizens.consents.facts import ConsentState
from percorso.insights.decisions.inputs import Inputs, Policy, Suggested, facts_hash, inputs
from percorso.insights.decisions.outcome import Decision
from percorso.insights.facts.rows import Fact, Place

# Where a fact stands: the member it is about, by its number, then time, sequence and event.
_Where = tuple[int, datetime, int, UUID]
_ENCODER = msgspec.json.Encoder()


class Stored(msgspec.Struct, frozen=True):
    """Inputs as they are kept; facts stand where facts are, and are never changed there."""

    now: datetime
    members: tuple[UUID, ...]
    facts: tuple[_Where, ...]
    consents: tuple[ConsentState, ...]
    suggested: tuple[Suggested, ...]
    policy: Policy
    ruleset: str

    @property
    def places(self) -> list[Place]:
        """Return where the facts stand, in order."""
        return [
            (self.members[number], at, sequence, key) for number, at, sequence, key in self.facts
        ]

    def with_facts(self, facts: Iterable[Fact]) -> Inputs:
        """Return the inputs, given the facts of these places."""
        return inputs(
            self.now,
            self.members,
            facts=facts,
            consents=self.consents,
            suggested=self.suggested,
            policy=self.policy,
            ruleset=self.ruleset,
        )


class Record(NamedTuple):
    """One row of decisions, in the order of the statement that stores it."""

    subject: UUID
    decision_id: UUID
    decided_at: datetime
    ruleset: str
    facts_hash: bytes
    inputs: str
    outcome: str


_STORED = msgspec.json.Decoder(Stored)


def record(decision_id: UUID, given: Inputs, decision: Decision) -> Record:
    """Write a decision down."""
    return Record(
        subject=given.members[0],
        decision_id=decision_id,
        decided_at=given.now,
        ruleset=given.ruleset,
        facts_hash=facts_hash(given.facts),
        inputs=_ENCODER.encode(_stored(given)).decode(),
        outcome=outcome(decision),
    )


def outcome(decision: Decision) -> str:
    """Write what a decision says."""
    return _ENCODER.encode(decision).decode()


def read_inputs(text: str) -> Stored:
    """Read what `record` wrote of the inputs."""
    return _STORED.decode(text)


def read_outcome(text: str) -> Decision:
    """Read what `outcome` wrote."""
    return msgspec.json.decode(text, type=Decision)


def _stored(given: Inputs) -> Stored:
    number = {member: place for place, member in enumerate(given.members)}
    return Stored(
        now=given.now,
        members=given.members,
        facts=tuple(_where(fact, number[fact.subject]) for fact in given.facts),
        consents=given.consents,
        suggested=given.suggested,
        policy=given.policy,
        ruleset=given.ruleset,
    )


def _where(fact: Fact, member: int) -> _Where:
    return member, fact.occurred_at, fact.sequence, fact.event_key
