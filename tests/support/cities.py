"""Small synthetic cities, their events and their truth, for tests that look into them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from percorso.city.city import City
from percorso.city.claims import Claim
from percorso.city.noise import Rates, Sending
from percorso.city.stream import steps
from percorso.city.truth import JourneyTruth, Told, TruthLine

START = date(2023, 1, 2)
Line = TypeVar("Line")


@dataclass(frozen=True)
class Played:
    """All that a city sent, and the truth about it."""

    city: City
    sendings: Sequence[Sending]
    claims: Sequence[Claim]
    lines: Sequence[TruthLine]

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The events as JSON, in the order of sending, duplicates included."""
        return [json.loads(sending.raw) for sending in self.sendings]

    @cached_property
    def by_id(self) -> dict[Told, dict[str, Any]]:
        """Every event once, by its identity."""
        return {Told(event["source"], event["id"]): event for event in self.events}

    @cached_property
    def times_sent(self) -> Counter[Told]:
        """How often each event was sent."""
        return Counter(Told(each.source, each.id) for each in self.sendings)

    @property
    def journeys(self) -> list[JourneyTruth]:
        """The journeys of the truth."""
        return self.of(JourneyTruth)

    def of(self, kind: type[Line]) -> list[Line]:
        """Return the lines of one kind."""
        return [line for line in self.lines if isinstance(line, kind)]


def a_city(seed: int = 7, people: int = 200, rates: Rates | None = None) -> City:
    """Settle a city."""
    return City(seed, people, start=START, rates=rates)


def played(city: City, count: int) -> Played:
    """Have it send so many events."""
    lines: list[TruthLine] = []
    sent = list(steps(city, count, lines.append))
    sendings = [step for step in sent if isinstance(step, Sending)]
    claims = [step for step in sent if isinstance(step, Claim)]
    return Played(city, sendings, claims, lines)


def touchpoint(event: dict[str, Any]) -> dict[str, Any]:
    """Return the part that travels on."""
    inner: dict[str, Any] = event["data"]["touchpoint"]
    return inner
