"""Suggestions, as insights gives them."""

import asyncio
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import ApiError

PATH = "/v1/suggestions"
OPEN = "open"

Reaction = Literal["shown", "followed", "dismissed", "later"]


class Words(BaseModel):
    """One text in two languages."""

    it: str
    en: str


class WordLists(BaseModel):
    """Some texts in two languages."""

    it: list[str]
    en: list[str]


class Suggestion(BaseModel):
    """A service that the citizen may take up."""

    id: UUID
    service: str
    at: AwareDatetime
    title: Words
    reasons: WordLists
    expires_at: AwareDatetime
    state: str


class Suggestions(BaseModel):
    """What is suggested now, the best first, or why there is nothing."""

    items: list[Suggestion]
    reason: Words | None = None


class Event(BaseModel):
    """An event that a reason tells of."""

    type: str
    occurred_at: AwareDatetime
    agency: str


class Reason(Words):
    """A sentence, and the events behind it."""

    events: list[Event]


class Law(Words):
    """The ground in law."""

    url: str


class Why(BaseModel):
    """Why something was suggested, and the one fact that would change it."""

    id: UUID
    service: str
    state: str
    rule: str
    decided_at: AwareDatetime
    reasons: list[Reason]
    legal_reference: Law
    flip: Words | None


async def mine(apis: Apis, authorization: str) -> Suggestions:
    """Return what is suggested to the visitor."""
    return await apis.read(Suggestions, "insights", f"{PATH}/me", authorization)


async def why(apis: Apis, authorization: str, suggestion: UUID) -> Why:
    """Return why; Refused 404 where it is nobody's, another's or not meant any more."""
    return await apis.read(Why, "insights", f"{PATH}/{suggestion}/why", authorization)


async def react(apis: Apis, authorization: str, suggestion: UUID, reaction: Reaction) -> None:
    """Say what the visitor does with it."""
    path = f"{PATH}/{suggestion}/reactions"
    await apis.send("insights", "POST", path, authorization, {"reaction": reaction})


async def note_shown(apis: Apis, authorization: str, seen: Sequence[Suggestion]) -> None:
    """Say which ones the visitor sees for the first time; it is a report, and the page does without."""
    new = [react(apis, authorization, each.id, "shown") for each in seen if each.state == OPEN]
    for outcome in await asyncio.gather(*new, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, ApiError):
            raise outcome
