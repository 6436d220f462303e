"""How a page of a timeline looks to its reader."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue


class ItemView(BaseModel):
    """One touchpoint; `touchpoint` is as the agency sent it."""

    model_config = ConfigDict(extra="forbid")

    id: str
    source: str
    type: str
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    agency: str
    channel: str | None
    service: str | None
    matter: str | None
    outcome: str | None
    touchpoint: dict[str, JsonValue]
    trace_id: str | None


class PageView(BaseModel):
    """A page of a timeline; `freshness_ms` is 0 when every accepted event is in it."""

    model_config = ConfigDict(extra="forbid")

    items: list[ItemView]
    next_cursor: str | None
    freshness_ms: int | None


def render(rows: Sequence[Record], *, next_cursor: str | None, freshness_ms: int | None) -> bytes:
    """Write a page as JSON in the form of PageView; payloads pass through untouched."""
    return msgspec.json.encode(
        {
            "items": [_item(row) for row in rows],
            "next_cursor": next_cursor,
            "freshness_ms": freshness_ms,
        }
    )


def render_item(row: Record) -> bytes:
    """Write one item as JSON on one line, in the form of ItemView."""
    return msgspec.json.encode(_item(row))


def _item(row: Record) -> dict[str, Any]:
    return {
        "id": row["id"],
        "source": row["source"],
        "type": row["type"],
        "occurred_at": row["occurred_at"],
        "received_at": row["received_at"],
        "agency": row["agency"],
        "channel": row["channel"],
        "service": row["service"],
        "matter": row["matter"],
        "outcome": row["outcome"],
        "touchpoint": msgspec.Raw(row["touchpoint"].encode()),
        "trace_id": UUID(bytes=row["trace_id"].bytes).hex if row["trace_id"] else None,
    }
