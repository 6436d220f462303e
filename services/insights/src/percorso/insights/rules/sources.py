"""Where a fact comes from: the newest event that fits, and what it says; pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from percorso.insights.rules import days
from percorso.insights.rules.forms import Kind, OfRule, OfTrigger, Scalar, Source, Wanted
from percorso.insights.rules.scope import Found, Scope
from percorso.insights.rules.view import FactRow, Value, member

Fits = Callable[[FactRow, Scope], bool]
Finder = Callable[[Scope], Found]
Says = Callable[[FactRow], Value | None]
Candidates = Callable[[Scope], Iterator[FactRow]]
_OF_KIND = {Kind.BOOLEAN: bool, Kind.INTEGER: int, Kind.TEXT: str}


def finder(sources: Sequence[Source], kind: Kind, otherwise: Scalar | None) -> Finder:
    """Compile what finds a fact: the newest event of all sources says it."""
    compiled = [(_search(each), _says(each, kind)) for each in sources]
    nothing: Found = (days.day(otherwise) if kind is Kind.DATE else otherwise, None)
    if len(compiled) == 1:
        return _of_one(*compiled[0], nothing)

    def find(scope: Scope) -> Found:
        found = [(row, says) for search, says in compiled if (row := search(scope)) is not None]
        if not found:
            return nothing
        row, says = max(found, key=lambda each: _place(each[0]))
        return says(row), row.event_key

    return find


def fits(where: Mapping[str, Wanted] | Mapping[str, Scalar | list[Scalar]]) -> Fits:
    """Compile what members have to be; a list: one of these."""
    tests = [_fit(path, wanted) for path, wanted in where.items()]
    if not tests:
        return lambda _row, _scope: True
    if len(tests) == 1:
        return tests[0]
    return lambda row, scope: all(test(row, scope) for test in tests)


def _of_one(search: Callable[[Scope], FactRow | None], says: Says, nothing: Found) -> Finder:
    def find(scope: Scope) -> Found:
        row = search(scope)
        return nothing if row is None else (says(row), row.event_key)

    return find


def _fit(path: str, wanted: Wanted | Scalar | list[Scalar]) -> Fits:
    read = member(path)
    match wanted:
        case OfTrigger():
            of_trigger = member(wanted.trigger)
            return lambda row, scope: read(row) == of_trigger(scope.trigger)
        case OfRule():
            return lambda row, scope: read(row) == scope.service
        case list():
            allowed = list(wanted)
            return lambda row, _: read(row) in allowed
    return lambda row, _: read(row) == wanted


def _search(source: Source) -> Callable[[Scope], FactRow | None]:
    candidates, fit = _candidates(source), fits(source.where)

    def search(scope: Scope) -> FactRow | None:
        return next((row for row in candidates(scope) if fit(row, scope)), None)

    return search


def _candidates(source: Source) -> Candidates:
    """Compile which events come into question, newest first."""
    match source.since:
        case "trigger":
            return lambda scope: _after_trigger(scope, source.types)
        case None:
            return lambda scope: _trigger_first(scope, source.types)
    window = timedelta(days=source.since)
    return lambda scope: _within(scope, source.types, window)


def _after_trigger(scope: Scope, types: Sequence[str]) -> Iterator[FactRow]:
    trigger = scope.trigger
    for row in _newest(scope, types):
        if row.occurred_at < trigger.occurred_at:
            return
        if row is not trigger:
            yield row


def _trigger_first(scope: Scope, types: Sequence[str]) -> Iterator[FactRow]:
    if scope.trigger.type in types:
        yield scope.trigger
    yield from _newest(scope, types)


def _within(scope: Scope, types: Sequence[str], window: timedelta) -> Iterator[FactRow]:
    oldest = scope.now - window
    for row in _newest(scope, types):
        if row.occurred_at <= oldest:
            return
        yield row


def _newest(scope: Scope, types: Sequence[str]) -> Sequence[FactRow]:
    rows = scope.view.rows
    if len(types) == 1:
        return rows.get(types[0], ())
    found = [row for each in types for row in rows.get(each, ())]
    if len(found) > 1:
        found.sort(key=_place, reverse=True)
    return found


def _place(row: FactRow) -> tuple[object, int, int]:
    return row.occurred_at, row.sequence, row.event_key.int


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
