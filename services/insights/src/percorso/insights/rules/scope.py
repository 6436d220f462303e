"""What is known, seen from one trigger: each fact is looked up once, for all rules; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from percorso.events.types.own import Words
from percorso.insights.rules.forms import Kind
from percorso.insights.rules.view import FactRow, FactsView, Value

Truth = bool | None  # None: unknown
Node = Callable[["Scope"], Truth]
Found = tuple[Value | None, UUID | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact, compiled for one service: `find` looks it up, or `follows` tells it from others.

    `key` tells apart what one name means for two services.
    """

    name: str
    key: str
    kind: Kind
    words: Words
    register: str | None
    values: tuple[str, ...]  # all that a text may be; empty: anything
    said: frozenset[Value] | None  # all that events can say; None: whatever a member has
    find: Callable[["Scope"], Found] | None
    follows: Node | None
    rests_on: tuple["Fact", ...] = ()  # where it follows from others: on which in the end

    @property
    def leaves(self) -> tuple["Fact", ...]:
        """Return the facts that events say: itself, or those it follows from."""
        return self.rests_on or (self,)


class Scope:
    """What is known of one citizen, seen from one trigger, at one instant."""

    __slots__ = ("_events", "_values", "now", "today", "trigger", "view")

    def __init__(self, view: FactsView, trigger: FactRow, now: datetime, today: date) -> None:
        self.view = view
        self.trigger = trigger
        self.now = now
        self.today = today
        self._values: dict[str, Value | None] = {}
        self._events: dict[str, UUID | None] = {}

    def value(self, fact: Fact) -> Value | None:
        """Return what a fact is; None if it is unknown."""
        try:
            return self._values[fact.key]
        except KeyError:
            return self._found(fact)

    def event(self, fact: Fact) -> UUID | None:
        """Return the event that says what a fact is; None if none does."""
        self.value(fact)
        return self._events.get(fact.key)

    def supposing(self, assumed: Mapping[str, Value]) -> "Scope":
        """Return the scope in which some facts, by key, have these values."""
        other = Scope(self.view, self.trigger, self.now, self.today)
        other._values = {**self._values, **assumed}
        return other

    def _found(self, fact: Fact) -> Value | None:
        if fact.name in self.view.given:
            return self.view.given[fact.name]
        if fact.follows is not None:  # never kept: it changes with what is supposed
            return fact.follows(self)
        assert fact.find is not None  # noqa: S101 - a fact has one of the two
        self._values[fact.key], self._events[fact.key] = value, _ = fact.find(self)
        return value
