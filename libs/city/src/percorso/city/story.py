"""Story: the pen that writes what happens to one person, fact by fact, along a clock of its own."""

from dataclasses import dataclass
from hashlib import blake2b

from percorso.city import calendar
from percorso.city.calendar import SECOND
from percorso.city.chance import Chance
from percorso.city.facts import Contact, Fact, Reference
from percorso.city.people import Identifier, Person

# Waits up to this are the same at every pace: nobody reads a page in a millisecond.
UNHURRIED = 10 * SECOND


@dataclass(slots=True)
class Collection:
    """Something that was planned, and what became of it."""

    item: str
    planned: Reference
    result: str = "delivered"
    recovered: Reference | None = None


class Story:
    """What one person goes through. Only its own chance decides, so it never differs.

    `pace` is how many times faster than life long waits pass; at any but 1 nobody minds opening
    hours. `outcome` and `collections` are for the truth.
    """

    def __init__(  # noqa: PLR0913 - all that a story is a function of
        self,
        key: str,
        person: Person,
        at_ms: int,
        *,
        serial: str,
        pace: float,
        plot: str,
        chance: Chance,
    ) -> None:
        self.key = key
        self.person = person
        self.at_ms = at_ms
        self.serial = serial
        self.pace = pace
        self.plot = plot
        self.chance = chance
        self.matter: str | None = None
        self.outcome: str | None = None
        self.collections: list[Collection] = []
        self._told = 0
        self._last_ms = 0
        self._sequence = 0
        self._device = ":2" if self.chance.happens(0.3) else ""

    def wait(self, low_ms: int, high_ms: int) -> None:
        """Let time pass, between the two."""
        self.at_ms += self.paced(self.chance.whole(low_ms, high_ms))

    def paced(self, wait_ms: int) -> int:
        """Give how long a wait of life takes in this story."""
        if self.pace == 1 or wait_ms <= UNHURRIED:
            return wait_ms
        return UNHURRIED + int((wait_ms - UNHURRIED) / self.pace)

    def wait_for_office(self) -> None:
        """Go on when offices serve."""
        if self.pace == 1:
            self.at_ms = calendar.opening(self.at_ms, self.chance)

    def appointment(self, low_ms: int, high_ms: int) -> int:
        """Give an instant, as far ahead as between the two, at which offices serve."""
        at_ms = self.at_ms + self.paced(self.chance.whole(low_ms, high_ms))
        return calendar.opening(at_ms, self.chance) if self.pace == 1 else at_ms

    def round_begins(self, ahead_ms: int) -> int:
        """Give the early morning of a day ahead, when the lorries leave."""
        at_ms = self.at_ms + self.paced(ahead_ms)
        return calendar.at_hour(at_ms, 6) if self.pace == 1 else at_ms

    def sleep(self) -> None:
        """Go on in the morning if it is night, as most people do."""
        if self.pace == 1 and self.chance.happens(0.85):
            self.at_ms = calendar.morning(self.at_ms, self.chance)

    def open_matter(self, prefix: str) -> str:
        """Give the story a file number; all later facts of a service carry it."""
        self.matter = self.register(prefix)
        return self.matter

    def register(self, prefix: str) -> str:
        """Give a number of a register, in which this story has no other of the same prefix."""
        return f"{prefix}/{calendar.year(self.at_ms)}/{self.serial}"

    def knows(self, way: str) -> bool:
        """Say whether systems that know people in this way know this one."""
        return way in self.person.known_as

    def text(self, at_ms: int) -> str:
        """Write an instant of this story."""
        return calendar.instant_text(at_ms)

    def fact(
        self, contact: Contact, noun_verb: str, stage: str | None = None, **own: object
    ) -> Fact:
        """Write down what happens now. Facts of the same instant are numbered in order."""
        self._sequence = self._sequence + 1 if self.at_ms == self._last_ms else 0
        self._last_ms = self.at_ms
        self._told += 1
        return Fact(
            id=_id(self.key, self._told),
            at_ms=self.at_ms,
            sequence=self._sequence,
            contact=contact,
            noun_verb=noun_verb,
            citizen=self._citizen(contact),
            members=self._members(contact, stage, own),
            stage=stage,
        )

    def collect(self, planned: Fact, item: str) -> Collection:
        """Note for the truth that something was planned."""
        collection = Collection(item, planned.reference)
        self.collections.append(collection)
        return collection

    def _citizen(self, contact: Contact) -> Identifier:
        known_as = self.person.known_as
        way = contact.system.known_by
        return known_as.get(f"{way}{self._device}") or known_as.get(way) or known_as["cf"]

    def _members(
        self, contact: Contact, stage: str | None, own: dict[str, object]
    ) -> dict[str, object]:
        members: dict[str, object] = {}
        service = contact.service
        if service and self.matter:
            members["matter"] = self.matter
        if service and stage and service.life_event:
            members["life_event"] = service.life_event
        if self.person.language and contact.system.is_in_utc:
            members["language"] = self.person.language
        return members | own


def _id(key: str, number: int) -> str:
    """Make an id that tells nothing; ten bytes keep ten million apart from each other."""
    return blake2b(f"{key}/{number}".encode(), digest_size=10).hexdigest()
