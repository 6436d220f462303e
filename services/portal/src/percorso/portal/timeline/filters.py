"""Which part of a timeline is wanted, as a form or a link says it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from percorso.portal.pages.formats import ROME

EXACT = ("agency", "service", "channel", "type", "matter")
DAYS = ("since", "until")
MAX = 256
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen; `faults` names the days that are none."""

    exact: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    faults: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.exact or self.days or self.faults)

    def query(self) -> dict[str, str]:
        """Return what journey is asked; `until` is a whole day."""
        asked = dict(self.exact)
        if since := self.days.get("since"):
            asked["from"] = _midnight(since)
        if until := self.days.get("until"):
            asked["to"] = _midnight(until + timedelta(days=1))
        return asked

    def link(self, **changed: str | None) -> str:
        """Return the timeline's path with these filters, changed or, by None, left out."""
        chosen = {**self.exact, **{name: day.isoformat() for name, day in self.days.items()}}
        kept = {name: value for name, value in (chosen | changed).items() if value}
        return f"/timeline?{urlencode(kept)}" if kept else "/timeline"


def read(query: Mapping[str, str]) -> Filters:
    """Return the filters of a query; what cannot be one is ignored, but a wrong day is said."""
    exact = {name: text for name in EXACT if 0 < len(text := query.get(name, "").strip()) <= MAX}
    days = {name: _day(query[name]) for name in DAYS if query.get(name)}
    good = {name: day for name, day in days.items() if day is not None}
    return Filters(exact, good, frozenset(days.keys() - good.keys()))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), ROME).isoformat()
