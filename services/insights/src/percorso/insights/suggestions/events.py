"""What insights says of suggestions into timelines: made, shown, followed, dismissed; pure."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from percorso.events.envelope import CloudEvent
from percorso.events.types.members import Touchpoint
from percorso.events.types.own import (
    CHANNEL_OF,
    SuggestionDismissed,
    SuggestionFollowed,
    SuggestionMade,
    SuggestionShown,
    WordLists,
    Words,
)
from percorso.insights.decisions.outcome import Proposal
from percorso.insights.rules import Explanation, Ruleset
from percorso.insights.suggestions.states import Reaction

SOURCE = "urn:percorso:insights"
AGENCY = "percorso"
MOST_REASONS = 20  # what the event holds

_REACTED: dict[Reaction, type[SuggestionShown | SuggestionFollowed | SuggestionDismissed]] = {
    Reaction.SHOWN: SuggestionShown,
    Reaction.FOLLOWED: SuggestionFollowed,
    Reaction.DISMISSED: SuggestionDismissed,
}


class Said(NamedTuple):
    """Of which suggestion something is said, about whom, when and in which trace."""

    subject: UUID
    suggestion: UUID
    at: datetime
    traceparent: str | None


def suggestion(proposal: Proposal, explanation: Explanation, ruleset: Ruleset) -> SuggestionMade:
    """Return what is said to the citizen: which service, and why, in plain sentences."""
    service = ruleset.services[proposal.service]
    reasons = [each.words for each in explanation.reasons[:MOST_REASONS]]
    return SuggestionMade(
        channel=CHANNEL_OF["inbox"],
        service=proposal.service,
        life_event=service.life_event,
        suggestion=str(proposal.suggestion),
        rule=proposal.rule,
        purpose=proposal.purpose,
        via=proposal.via,
        title=Words(it=service.name.it, en=service.name.en),
        reasons=WordLists(it=[each.it for each in reasons], en=[each.en for each in reasons]),
        told_of=list(proposal.subjects),
        link=service.contact,
        send_from=proposal.send_from,
        expires_at=proposal.expires_at,
    )


def made(proposal: Proposal, said: SuggestionMade, traceparent: str | None) -> CloudEvent:
    """Return the event that a suggestion was made, one however often it is said."""
    at = Said(proposal.subject, proposal.suggestion, proposal.send_from, traceparent)
    return _event("made", at, said)


def reacted(reaction: Reaction, at: Said, service: str) -> CloudEvent | None:
    """Return the event of a reaction, one however often it is said; None of what nobody needs to know."""
    if reaction not in _REACTED:
        return None
    said = _REACTED[reaction](
        channel=CHANNEL_OF["inbox"], service=service, suggestion=str(at.suggestion)
    )
    return _event(reaction, at, said)


def _event(verb: str, at: Said, said: Touchpoint) -> CloudEvent:
    return CloudEvent(
        subject=at.subject,
        id=f"{at.suggestion}/{verb}",
        source=SOURCE,
        type=f"eu.percorso.suggestion.{verb}.v1",
        time=at.at,
        received_at=at.at,
        agency=AGENCY,
        touchpoint=said.model_dump_json(exclude_none=True).encode(),
        traceparent=at.traceparent,
    )
