"""What is known of one citizen: the facts of their touchpoints, by type, the newest first; pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

Value = bool | int | str | date
Member = Callable[["FactRow"], object]

TRIGGER = "trigger"  # stands among the given facts for "it happened"
COLUMNS = frozenset({"service", "matter", "agency", "occurred_at"})


class FactRow(NamedTuple):
    """One touchpoint as insights keeps it; `occurred_at` is aware, `payload` is JSON as it is read."""

    event_key: UUID
    type: str
    occurred_at: datetime
    service: str | None
    matter: str | None
    agency: str
    payload: Mapping[str, object]
    sequence: int = 0

    @property
    def place(self) -> tuple[datetime, int, int]:
        """Return what events are ordered by, as in a timeline."""
        return self.occurred_at, self.sequence, self.event_key.int


@dataclass(frozen=True, slots=True)
class FactsView:
    """Facts about one citizen: `rows` by type, newest first; `given` beats what events say."""

    rows: Mapping[str, tuple[FactRow, ...]]
    given: Mapping[str, Value] = field(default_factory=dict)

    def supposing(self, name: str, value: Value) -> "FactsView":
        """Return the view in which a fact has this value, whatever the events say.

        The name `trigger` with False stands for: nothing happened that sets a rule off.
        """
        return replace(self, given={**self.given, name: value})


def view(rows: Iterable[FactRow]) -> FactsView:
    """Order the facts of one citizen, withdrawn ones left out by the caller; any order gives the same."""
    by_type: dict[str, list[FactRow]] = {}
    for row in rows:
        by_type.setdefault(row.type, []).append(row)
    return FactsView({each: _newest_first(found) for each, found in by_type.items()})


def _newest_first(rows: list[FactRow]) -> tuple[FactRow, ...]:
    if len(rows) > 1:
        rows.sort(key=lambda row: row.place, reverse=True)
    return tuple(rows)


def member(name: str) -> Member:
    """Return what reads a member of a row: a column of its own, or one of the payload."""
    if name in COLUMNS:
        return itemgetter(FactRow._fields.index(name))
    return lambda row: row.payload.get(name)
