"""Where a fact comes from: the newest event that fits, and what it says; pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from percorso.insights.rules import days
from percorso.insights.rules.forms import Kind, OfRule, OfTrigger, Scalar, Source, Wanted
from percorso.insights.rules.scope import Found, Scope
from percorso.insights.rules.view import FactRow, Value, member

Fits = Callable[[FactRow, FactRow], bool]  # an event, and the trigger
Finder = Callable[[Scope], Found]
Search = Callable[[Scope], FactRow | None]
Says = Callable[[FactRow], Value | None]
_OF_KIND = {Kind.BOOLEAN: bool, Kind.INTEGER: int, Kind.TEXT: str}
_EVER = datetime.min.replace(tzinfo=UTC)


def finder(sources: Sequence[Source], kind: Kind, otherwise: Scalar | None, service: str) -> Finder:
    """Compile what finds a fact for a service: the newest event of all sources says it."""
    compiled = [(_search(each, service), _says(each, kind)) for each in sources]
    nothing: Found = (days.day(otherwise) if kind is Kind.DATE else otherwise, None)

    def find(scope: Scope) -> Found:
        newest: FactRow | None = None
        for search, says in compiled:
            row = search(scope)
            if row is not None and (newest is None or row.place > newest.place):
                newest, said = row, says
        return nothing if newest is None else (said(newest), newest.event_key)

    return find


def fits(
    where: Mapping[str, Wanted] | Mapping[str, Scalar | list[Scalar]], service: str
) -> Fits | None:
    """Compile what members have to be (a list: one of these); None if anything fits."""
    tests = [_fit(path, wanted, service) for path, wanted in where.items()]
    if len(tests) <= 1:
        return tests[0] if tests else None
    return lambda row, trigger: all(test(row, trigger) for test in tests)


def _fit(path: str, wanted: Wanted | Scalar | list[Scalar], service: str) -> Fits:
    read = member(path)
    match wanted:
        case OfTrigger():
            of_trigger = member(wanted.trigger)
            return lambda row, trigger: read(row) == of_trigger(trigger)
        case OfRule():
            return lambda row, _: read(row) == service
        case list():
            return lambda row, _: read(row) in wanted
    return lambda row, _: read(row) == wanted


def _search(source: Source, service: str) -> Search:
    types, fit = tuple(source.types), fits(source.where, service)
    begins, may_be_trigger = _begins(source), source.since != "trigger"

    def search(scope: Scope) -> FactRow | None:
        rows, trigger = scope.view.rows, scope.trigger
        oldest = begins(scope)
        newest: FactRow | None = None
        for event_type in types:
            for row in rows.get(event_type, ()):  # newest first
                if row.occurred_at < oldest:
                    break
                if (fit is None or fit(row, trigger)) and (may_be_trigger or row is not trigger):
                    newest = row if newest is None or row.place > newest.place else newest
                    break
        return newest

    return search if source.since is not None else _trigger_first(types, fit, search)


def _begins(source: Source) -> Callable[[Scope], datetime]:
    """Compile before when events do not come into question."""
    match source.since:
        case None:
            return lambda _: _EVER
        case "trigger":
            return lambda scope: scope.trigger.occurred_at
    window = timedelta(days=source.since)
    return lambda scope: scope.now - window


def _trigger_first(types: Sequence[str], fit: Fits | None, search: Search) -> Search:
    def first(scope: Scope) -> FactRow | None:
        trigger = scope.trigger
        if trigger.type in types and (fit is None or fit(trigger, trigger)):
            return trigger
        return search(scope)

    return first


def _says(source: Source, kind: Kind) -> Says:
    if source.member is None:
        value = days.day(source.value) if kind is Kind.DATE else source.value
        return lambda _: value
    read = member(source.member)
    if kind is Kind.DATE:
        return lambda row: days.day(read(row))
    return lambda row: _of_kind(read(row), _OF_KIND[kind])


def _of_kind(value: object, kind: type[bool | int | str]) -> Value | None:
    return value if type(value) is kind else None
