"""The city: its people, and the telling of one story of theirs at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from percorso.city import calendar, claims, noise
from percorso.city.chance import Chance, Weighted
from percorso.city.claims import Claim, Link
from percorso.city.facts import Fact
from percorso.city.noise import Rates, Sending, Wire
from percorso.city.people import Person, settle
from percorso.city.repertoire import Kind
from percorso.city.story import Story
from percorso.city.truth import (
    CollectionTruth,
    JourneyTruth,
    SharedTruth,
    StageTruth,
    TruthLine,
    told,
)

DEFAULT_SEED = 7
DEFAULT_PEOPLE = 2_000

Step = Sending | Claim
Moment = Callable[[Weighted[int], Chance], int]


@dataclass(frozen=True, slots=True)
class Telling:
    """One story as it is sent, in no order, and the truth about it."""

    starts_ms: int
    is_journey: bool
    sendings: Sequence[Sending]
    claims: Sequence[Claim]
    lines: Sequence[TruthLine]

    @property
    def steps(self) -> list[Step]:
        """Both, events and claims."""
        return [*self.sendings, *self.claims]


@dataclass(frozen=True, slots=True)
class Part:
    """What a story is told with; what is None is drawn."""

    key: str
    serial: str
    pace: float = 1.0
    person: Person | None = None
    plot: str | None = None


class City:
    """Everything follows from seed, number of people and first day; the same for ever."""

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        people: int = DEFAULT_PEOPLE,
        *,
        start: date,
        rates: Rates | None = None,
    ) -> None:
        self.seed = seed
        self.start_ms = calendar.start_of(start)
        self.rates = rates or Rates()
        self.households = tuple(settle(seed, people))
        self.people = tuple(person for home in self.households for person in home.members)
        self._name = f"{seed}/{people}/{start.isoformat()}"
        self._shared = {home.mailbox for home in self.households if home.mailbox}
        self._casts: dict[str, Sequence[Person]] = {}

    def chance(self, *names: object) -> Chance:
        """Give draws of their own to whoever names them."""
        return Chance(self._name, *names)

    def tell(self, kinds: Weighted[Kind], moment: Moment, part: Part) -> Telling:
        """Tell one story: of one of the kinds, from the moment on."""
        key = f"{self._name}/{part.key}"
        chance = Chance(key)
        kind = chance.among(kinds)
        story = Story(
            key,
            part.person or chance.one_of(self.cast(kind)),
            moment(kind.rhythm, chance),
            serial=part.serial,
            pace=part.pace,
            plot=chance.among(kind.plots) if part.plot is None else part.plot,
            chance=chance,
        )
        return self._told(kind, part.key, story)

    def cast(self, kind: Kind) -> Sequence[Person]:
        """Give the people whom a kind of story suits; everybody where it suits nobody."""
        if kind.name not in self._casts:
            suited = tuple(filter(kind.suits, self.people))
            self._casts[kind.name] = suited or self.people
        return self._casts[kind.name]

    def _told(self, kind: Kind, name: str, story: Story) -> Telling:
        starts_ms = story.at_ms
        facts = list(kind.tell(story))
        wire = Wire(story, self.rates, self._bystander(story), [], [])
        noise.send(wire, facts)
        links = self._links(story, facts)
        said = [claim for link in links for claim in link.claims()]
        lines = [*wire.lines, *self._shared_mail(story, facts)]
        lines += [link.truth(story.person) for link in links]
        if kind.is_journey:
            lines.append(_journey(kind, name, story, facts))
        return Telling(starts_ms, kind.is_journey, wire.sendings, said, lines)

    def _bystander(self, story: Story) -> Person:
        drawn = story.chance.whole(1, max(1, len(self.people) - 1))
        return self.people[(story.person.number + drawn) % len(self.people)]

    def _links(self, story: Story, facts: Sequence[Fact]) -> list[Link]:
        after = self.people[(story.person.number + 1) % len(self.people)]
        return list(claims.links(story, facts, mistaken_for=after, misfiled=self.rates.misfiled))

    def _shared_mail(self, story: Story, facts: Sequence[Fact]) -> list[SharedTruth]:
        """Say whose mail it was that came under a family's address."""
        return [
            SharedTruth(told(fact.reference), story.person.number)
            for fact in facts
            if fact.citizen.value in self._shared
        ]


def _journey(kind: Kind, name: str, story: Story, facts: Sequence[Fact]) -> JourneyTruth:
    return JourneyTruth(
        journey=kind.name,
        id=name,
        person=story.person.number,
        plot=story.plot,
        outcome=story.outcome,
        matter=story.matter,
        stages=[_stage(fact.stage, fact) for fact in facts if fact.stage],
        events=[told(fact.reference) for fact in facts],
        collections=[
            CollectionTruth(
                each.item,
                told(each.planned),
                each.result,
                told(each.recovered) if each.recovered else None,
            )
            for each in story.collections
        ],
    )


def _stage(stage: str, fact: Fact) -> StageTruth:
    return StageTruth(stage, calendar.instant_text(fact.at_ms), told(fact.reference))
