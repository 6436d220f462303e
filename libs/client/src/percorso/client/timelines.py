"""Reading timelines: pages of touchpoints, each item typed and as the bytes that came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from percorso.client.identifiers import SubjectIdentifier
from percorso.client.remote import Params, Remote

MAX_PAGE = 200


class TimelineItem(BaseModel):
    """One touchpoint on a timeline; members that this version does not know are ignored."""

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    type: str
    occurred_at: datetime
    received_at: datetime
    agency: str
    channel: str
    service: str | None = None
    matter: str | None = None
    outcome: str | None = None
    touchpoint: Mapping[str, Any]
    trace_id: str | None = None

    @property
    def short_type(self) -> str:
        """The noun and verb of the type."""
        return self.type.removeprefix("eu.percorso.").removesuffix(".v1")

    @property
    def name(self) -> str | None:
        """What the agency calls it, where the type has no word for it (`touchpoint.recorded`)."""
        return self.touchpoint.get("name") if self.short_type == "touchpoint.recorded" else None


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """An item twice: typed, and on one line of JSON with every number as it came."""

    item: TimelineItem
    line: bytes


class _Lookup(BaseModel):
    subject: str


class Timelines:
    """Journey's route for timelines, and identity's that finds whose they are."""

    def __init__(self, journey: Remote, identity: Remote) -> None:
        self._journey = journey
        self._identity = identity

    def read(
        self, *, token: str, subject: str = "me", order: str = "asc", page: int = MAX_PAGE
    ) -> Iterator[ReceivedItem]:
        """Yield a timeline's items, page by page; `me` is the citizen of the token."""
        params: Params = {"order": order, "limit": page}
        pages = self._journey.pages(f"/v1/timelines/{subject}", token=token, params=params)
        for raw_items in pages:
            for raw in raw_items:
                yield self._received(bytes(raw))

    def find_subject(self, identifier: SubjectIdentifier, *, token: str) -> str:
        """Find the subject of an identifier, as an operator; the citizen sees that it was asked."""
        answer = self._identity.call("POST", "/v1/lookups", token=token, body=identifier.body())
        return self._identity.read(answer, _Lookup).subject

    def _received(self, raw: bytes) -> ReceivedItem:
        try:
            item = TimelineItem.model_validate_json(raw)
        except ValidationError as error:
            raise self._journey.bad_answer() from error
        return ReceivedItem(item, one_line(raw))


def one_line(raw: bytes) -> bytes:
    """Put JSON on one line: a line break in it can only stand between its tokens."""
    return raw.replace(b"\r", b" ").replace(b"\n", b" ")
