"""How suggestions look to the citizen to whom they are made."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel, ConfigDict, Field

from percorso.events.types.own import Via, WordLists, Words
from percorso.insights.decisions.outcome import Gate
from percorso.insights.rules import Reason
from percorso.insights.suggestions import explaining
from percorso.insights.suggestions.explaining import Why
from percorso.insights.suggestions.states import State
from percorso.insights.suggestions.store import Kept

# Why nothing is suggested, in words; a reason without words of its own is "nothing that fits".
_NOTHING = Words(
    it="Al momento non c'è nulla da suggerire.", en="There is nothing to suggest at the moment."
)
_REASONS: Mapping[Gate, Words] = {
    Gate.MISSING_FACTS: Words(
        it="Non abbiamo informazioni sufficienti per suggerire un servizio.",
        en="We do not know enough to suggest a service.",
    ),
    Gate.NO_CONSENT: Words(
        it="Non hai dato il consenso a ricevere suggerimenti.",
        en="You have not consented to suggestions.",
    ),
    Gate.SAME_SERVICE: Words(
        it="Questo servizio ti è già stato suggerito di recente.",
        en="This service was suggested to you recently.",
    ),
    Gate.TOO_MANY_OPEN: Words(
        it="Hai già altri suggerimenti a cui rispondere.",
        en="You have other suggestions to answer.",
    ),
    Gate.ENOUGH_THIS_WEEK: Words(
        it="Per questa settimana hai già ricevuto un suggerimento.",
        en="You have had a suggestion this week already.",
    ),
    Gate.OPEN_COMPLAINT: Words(
        it="Hai un reclamo senza risposta: prima viene quella.",
        en="A complaint of yours has no answer yet: that comes first.",
    ),
}


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")


class SuggestionView(View):
    """A suggestion that the citizen may take up."""

    id: UUID
    service: str = Field(description="The service's code in the catalogue")
    purpose: str = Field(description="On what ground the citizen is told of it")
    channel: Via = Field(description="How the citizen is reached with it")
    at: datetime = Field(description="From when on")
    title: Words = Field(description="What is proposed, in one line")
    reasons: WordLists = Field(description="Why, in plain sentences")
    rule: str = Field(description="The rule, with its version: `code@version`")
    expires_at: datetime = Field(description="When it is too late")
    state: State


class NothingView(View):
    """Why nothing is suggested."""

    code: Gate
    it: str
    en: str


class SuggestionsView(View):
    """What is suggested now, the best first; `reason` says why there is nothing."""

    items: list[SuggestionView]
    reason: NothingView | None = Field(description="Null if there are items")
    next_cursor: None = None


class EventView(View):
    """An event that a reason tells of."""

    source: str
    id: str
    type: str
    occurred_at: datetime
    agency: str


class ReasonView(View):
    """A sentence, and the events that it tells of."""

    it: str
    en: str
    events: list[EventView]


class LegalReferenceView(View):
    """The rule's ground in law."""

    it: str
    en: str
    url: str


class FlipView(View):
    """The one fact that would have changed it; `trigger` stands for what happened."""

    fact: str
    known: bool | int | str | None = Field(description="What it is; null if unknown")
    value: bool | int | str | None = Field(description="What it would have to be")
    it: str
    en: str


class PriorityView(View):
    """The parts of the priority, each from 1 to 5, and their product."""

    urgency: int
    benefit: int
    context: int
    acceptance: int
    lever: int
    product: int


class WhyView(View):
    """Why something was suggested."""

    id: UUID
    service: str
    state: State
    rule: str
    ruleset: str = Field(description="The set of rules that decided, by its version")
    decided_at: datetime
    reasons: list[ReasonView]
    legal_reference: LegalReferenceView
    flip: FlipView | None
    priority: PriorityView


class StateView(View):
    """Where a suggestion stands."""

    id: UUID
    state: State


class _Said(BaseModel):
    title: Words
    reasons: WordLists


def items(rows: Iterable[Record]) -> list[SuggestionView]:
    """Return suggestions as they are shown."""
    return [_item(row) for row in rows]


def nothing(gate: Gate | None) -> NothingView:
    """Say why nothing is suggested; None: nothing was decided, or what was suggested is done with."""
    code = gate or Gate.NOTHING_HAPPENED
    words = _REASONS.get(code, _NOTHING)
    return NothingView(code=code, it=words.it, en=words.en)


def why(kept: Kept, state: State, found: Why) -> WhyView:
    """Return why something was suggested, as it is shown."""
    explanation, priority = found.explanation, found.offer.priority
    legal = explanation.legal_reference
    return WhyView(
        id=kept.suggestion_id,
        service=explanation.service,
        state=state,
        rule=explanation.rule,
        ruleset=found.ruleset,
        decided_at=found.decided_at,
        reasons=[_reason(each, found) for each in explanation.reasons],
        legal_reference=LegalReferenceView(it=legal.it, en=legal.en, url=legal.url),
        flip=_flip(found),
        priority=PriorityView(
            urgency=priority.urgency,
            benefit=priority.benefit,
            context=priority.context,
            acceptance=priority.acceptance,
            lever=priority.lever,
            product=priority.product,
        ),
    )


def _item(row: Record) -> SuggestionView:
    said = _Said.model_validate_json(row["words"])
    return SuggestionView(
        id=row["suggestion_id"],
        service=row["service"],
        purpose=row["purpose"],
        channel=row["via"],
        at=row["send_from"],
        title=said.title,
        reasons=said.reasons,
        rule=row["rule"],
        expires_at=row["expires_at"],
        state=row["state"],
    )


def _reason(reason: Reason, found: Why) -> ReasonView:
    events = [found.events[key] for key in reason.events if key in found.events]
    return ReasonView(
        it=reason.words.it,
        en=reason.words.en,
        events=[
            EventView(
                source=fact.source,
                id=fact.id,
                type=fact.type,
                occurred_at=fact.occurred_at,
                agency=fact.agency,
            )
            for fact in events
        ],
    )


def _flip(found: Why) -> FlipView | None:
    if found.flip is None:
        return None
    fact, known, changed, words = found.flip
    return FlipView(
        fact=fact,
        known=explaining.shown(known),
        value=explaining.shown(changed),
        it=words.it,
        en=words.en,
    )
