"""What decisions change, as suggestions take it in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from percorso.insights.decisions.deciding import Decided
from percorso.insights.decisions.inputs import Inputs
from percorso.insights.decisions.outcome import Proposal
from percorso.insights.rules import Answer


class Proposed(NamedTuple):
    """A suggestion that is made or renewed: what is proposed, why, and where the decision stands."""

    proposal: Proposal
    answer: Answer
    decided_for: UUID
    decision_id: UUID
    traceparent: str | None


class Turned(NamedTuple):
    """An earlier suggestion whose grounds do not hold any more, or do again."""

    subject: UUID
    suggestion: UUID
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What some decisions change of suggestions."""

    made: list[Proposed] = field(default_factory=list)
    renewed: list[Proposed] = field(default_factory=list)
    turned: list[Turned] = field(default_factory=list)

    def add(self, given: Inputs, decided: Decided, decision_id: UUID, traces: "Traces") -> None:
        """Take in what a decision changes."""
        proposed, renewed = decided.decision.proposed, decided.decision.renewed
        self.made.extend(_proposed(given, proposed, decided.proposed, decision_id, traces))
        self.renewed.extend(_proposed(given, renewed, decided.renewed, decision_id, traces))
        self.turned.extend(_turned(given, decided))

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.made or self.renewed or self.turned)


@dataclass(frozen=True, slots=True)
class Traces:
    """In which trace a decision's suggestions go on: of the event, else of whatever had it decided."""

    of_events: dict[UUID, str]

    def of(self, event_key: UUID) -> str | None:
        """Return the trace of an event."""
        return self.of_events.get(event_key) or next(iter(self.of_events.values()), None)


def _proposed(
    given: Inputs,
    proposals: Iterable[Proposal],
    answers: Sequence[Answer],
    decision_id: UUID,
    traces: Traces,
) -> Iterator[Proposed]:
    for proposal, answer in zip(proposals, answers, strict=True):
        trace = traces.of(proposal.event_key)
        yield Proposed(proposal, answer, given.members[0], decision_id, trace)


def _turned(given: Inputs, decided: Decided) -> Iterator[Turned]:
    subjects = {each.id: each.subject for each in given.suggested}
    for suggestion in decided.decision.withdrawn:
        yield Turned(subjects[suggestion], suggestion, is_withdrawn=True)
    for suggestion in decided.decision.restored:
        yield Turned(subjects[suggestion], suggestion, is_withdrawn=False)
