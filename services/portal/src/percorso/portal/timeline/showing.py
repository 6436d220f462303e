"""A timeline as it is shown: by month, and in a month by matter; pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from percorso.portal.apis.names import Names
from percorso.portal.pages.formats import day_of
from percorso.portal.pages.languages import Language, Words
from percorso.portal.timeline import facts
from percorso.portal.timeline.facts import Fact
from percorso.portal.timeline.reading import Item


@dataclass(frozen=True, slots=True)
class Shown:
    """One touchpoint in words."""

    at: datetime
    title: str
    agency: str
    agency_code: str
    channel: str | None
    service: str | None
    facts: Sequence[Fact]
    trace_id: str | None


class Matter(NamedTuple):
    """An agency's file; `number` is None for what belongs to none, which stands alone."""

    agency: str
    agency_code: str
    number: str | None
    items: Sequence[Shown]


class Month(NamedTuple):
    """The matters of a month, that with the newest touchpoint first."""

    first: date
    matters: Sequence[Matter]


class Telling(NamedTuple):
    """In which words and language things are told."""

    words: Words
    names: Names
    language: Language


def months(items: Iterable[Item], telling: Telling) -> list[Month]:
    """Return the touchpoints by month and matter; within a matter the order stays."""
    by_month: dict[date, dict[object, list[Item]]] = {}
    for number, item in enumerate(items):
        month = day_of(item.occurred_at).replace(day=1)
        key: object = number if item.matter is None else (item.agency, item.matter)
        by_month.setdefault(month, {}).setdefault(key, []).append(item)
    tell: Callable[[list[Item]], Matter] = lambda group: _matter(group, telling)  # noqa: E731
    return [Month(month, [*map(tell, groups.values())]) for month, groups in by_month.items()]


def _matter(items: Sequence[Item], telling: Telling) -> Matter:
    first, names = items[0], telling.names
    told = [shown(item, telling) for item in items]
    return Matter(names.agency(first.agency), first.agency, first.matter, told)


def shown(item: Item, telling: Telling) -> Shown:
    """Return a touchpoint in words."""
    words, names, language = telling
    channels = words["channels"]
    service = item.service and names.service(item.service, language)
    told = facts.facts(item.touchpoint, words, language)
    return Shown(
        at=item.occurred_at,
        title=facts.title(item.type, item.touchpoint, words),
        agency=names.agency(item.agency),
        agency_code=item.agency,
        channel=_channel(item.channel, channels),
        service=service,
        facts=[fact for fact in told if fact.text != service],
        trace_id=item.trace_id,
    )


def _channel(code: str | None, channels: dict[str, str]) -> str | None:
    """Return what a channel is called: a code without words by that above it."""
    while code:
        if code in channels:
            return channels[code]
        code = code.rpartition(".")[0]
    return None
