"""One evaluation of one rule for one trigger: each fact is looked up once; pure."""

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
    """A fact, compiled: `find` looks it up, or `follows` tells it from others."""

    name: str
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
    """What is known: of one citizen, seen from one trigger, at one instant."""

    __slots__ = ("events", "now", "service", "today", "trigger", "values", "view")

    def __init__(
        self, view: FactsView, trigger: FactRow, service: str, *, now: datetime, today: date
    ) -> None:
        self.view = view
        self.trigger = trigger
        self.service = service
        self.now = now
        self.today = today
        self.values: dict[str, Value | None] = dict(view.given)
        self.events: dict[str, UUID | None] = {}

    def value(self, fact: Fact) -> Value | None:
        """Return what a fact is; None if it is unknown."""
        if fact.name in self.values:
            return self.values[fact.name]
        if fact.follows is not None:
            return fact.follows(self)
        assert fact.find is not None  # noqa: S101 - a fact has one of the two
        value, event = fact.find(self)
        self.values[fact.name] = value
        self.events[fact.name] = event
        return value

    def supposing(self, assumed: Mapping[str, Value]) -> "Scope":
        """Return the scope in which some facts have these values."""
        other = Scope(self.view, self.trigger, self.service, now=self.now, today=self.today)
        other.values = {**self.values, **assumed}
        other.events = self.events
        return other
