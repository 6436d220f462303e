"""Three demo people worth looking at: who they are, what happened to them and what they allow."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from percorso.city import calendar
from percorso.city.calendar import DAY
from percorso.city.chance import Weighted
from percorso.city.city import City, Moment, Part, Telling
from percorso.city.everyday.online import KNOWN
from percorso.city.fiscal_codes import is_omocode
from percorso.city.people import Person
from percorso.city.repertoire import (
    BIRTH,
    BROWSE,
    MOVING_HOUSE,
    OPEN_APP,
    PARKING_FINE,
    RENEW_CARD,
    TRAVEL,
    VISIT,
    WASTE_SERVICE,
    WRITE,
    Kind,
)


class Scene(NamedTuple):
    """A story that a demo person has: of which kind, from which day of the history on."""

    kind: Kind
    day: int
    plot: str = ""


class DemoPerson(NamedTuple):
    """One of the three; `allows` are the purposes, on any channel, for which they may be reached."""

    person: Person
    why: str
    scenes: Sequence[Scene]
    allows: Sequence[str] = ()

    @property
    def email(self) -> str | None:
        """The address to which messages go."""
        known = self.person.known_as.get("email")
        return known and known.value

    @property
    def wishes(self) -> str:
        """What they told Percorso of themselves, in a sentence."""
        if SUGGESTIONS in self.allows:
            return f"allows suggestions, by mail and in the inbox; mail goes to {self.email}"
        return f"allows nothing: only what the law asks for comes, to {self.email}"


SUGGESTIONS = "proactive-suggestions"

_MOVER = (
    Scene(MOVING_HOUSE, 1, "asked-again"),
    Scene(TRAVEL, 6),
    Scene(OPEN_APP, 12),
    Scene(TRAVEL, 19),
    Scene(VISIT, 20),
    Scene(TRAVEL, 33),
    Scene(BROWSE, 40),
)
_MOTHER = (
    Scene(VISIT, 0),
    Scene(BIRTH, 14, "asked-again"),  # registered less than the 30 days ago for which rules look
    Scene(WRITE, 25),
    Scene(BROWSE, 36),
)
_NEIGHBOUR = (
    Scene(WASTE_SERVICE, 0, "made-good"),
    Scene(PARKING_FINE, 0, "contested"),
    Scene(WRITE, 9),
    Scene(RENEW_CARD, 15),
    Scene(OPEN_APP, 38, KNOWN),
)

_LINKED = ("customer:ambiente_tanaro", "app:c_a182")
_SEEN_BY_FIVE = ("visitor:c_a182", "customer:tpl_tanaro", "customer:ambiente_tanaro", "email")


def people(city: City) -> tuple[DemoPerson, DemoPerson, DemoPerson]:
    """Choose the three: always the same ones of a seed."""
    namesakes = [each for each in city.people if is_omocode(each.fiscal_code)]
    mover = _first(namesakes or city.people, *_SEEN_BY_FIVE)
    families = {home.number for home in city.households if home.mailbox}
    mothers = [each for each in city.cast(BIRTH) if each.household in families]
    mother = _first(mothers or city.people, "visitor:c_a182", "email")
    drivers = [each for each in city.people if each.has_car and each.household not in families]
    neighbour = _first(drivers or city.people, *_LINKED, "email", "phone")
    return (
        DemoPerson(
            mover,
            "moved house: declared once, asked for more papers, then five agencies follow; "
            "a namesake's fiscal code differs in a letter",
            _MOVER,
            (SUGGESTIONS,),
        ),
        DemoPerson(
            mother,
            "has a new child: registry and paediatrician done, allowance and nursery under way; "
            "writes from a mailbox that she shares with her partner",
            _MOTHER,
            (SUGGESTIONS,),
        ),
        DemoPerson(
            neighbour,
            "waits for the waste lorry: collections delivered, missed and made good, complaints "
            "answered; contests a parking fine; logins have linked what two agencies know: "
            f"the same timeline by {_shown(neighbour, *_LINKED)}",
            _NEIGHBOUR,
        ),
    )


def stories(city: City) -> Iterator[Telling]:
    """Tell what happened to them in the first weeks of the city."""
    for place, told in enumerate(people(city)):
        for number, scene in enumerate(told.scenes):
            name, serial = f"demo/{place}/{number}", f"9{place}{number:04}"
            plot = scene.plot or None
            part = Part(name, serial, person=told.person, plot=plot)
            yield city.tell(Weighted((scene.kind, 1)), _on(city, scene.day), part)


def document(city: City) -> list[dict[str, object]]:
    """Give the three as JSON has them."""
    return [
        {
            "name": each.person.name,
            "identifiers": [known._asdict() for known in each.person.known_as.values()],
            "why": each.why,
            "wishes": each.wishes,
        }
        for each in people(city)
    ]


def _first(people: Sequence[Person], *ways: str) -> Person:
    """Find the first who is known in all these ways; a small city may have nobody, then the first."""
    fit = (person for person in people if all(way in person.known_as for way in ways))
    return next(fit, people[0])


def _shown(person: Person, *ways: str) -> str:
    """Write by what else somebody is known; nothing in a city too small for it."""
    known = (person.known_as[way] for way in ways if way in person.known_as)
    return " and ".join(f"{each.scheme}:{each.value}" for each in known)


def _on(city: City, day: int) -> Moment:
    day_ms = city.start_ms + day * DAY
    return lambda rhythm, chance: calendar.moment(day_ms, rhythm, chance)
