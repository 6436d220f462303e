"""A page of a timeline, as journey gives it."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel

from percorso.portal.apis.calls import Apis
from percorso.portal.timeline.filters import Filters

PAGE = 50
PATH = "/v1/timelines/me"


class Item(BaseModel):
    """One touchpoint; `touchpoint` is as the agency sent it."""

    id: str
    source: str
    type: str
    occurred_at: AwareDatetime
    agency: str
    channel: str | None
    service: str | None
    matter: str | None
    touchpoint: Mapping[str, Any]
    trace_id: str | None


class Page(BaseModel):
    """Touchpoints, newest first."""

    items: list[Item]
    next_cursor: str | None
    freshness_ms: int | None


async def page(
    apis: Apis, authorization: str, filters: Filters, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """Return a page of the visitor's own timeline."""
    query: dict[str, str | int] = {"limit": limit, **filters.query()}
    if cursor is not None:
        query["cursor"] = cursor
    return await apis.read(Page, "journey", PATH, authorization, query)
