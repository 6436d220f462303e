"""The subjects of a run: every identifier of a small city's people, each unmistakable anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from percorso.city.agencies import COMUNE
from percorso.city.city import City
from percorso.city.noise import Rates

AGENCY = COMUNE.code
SOURCE = f"{COMUNE.prefix}chaos"

PEOPLE = 40
START = date(2023, 1, 2)  # two years from here lie in the past of everybody who runs this
# Much more than in life, so that a minute has some of everything.
RATES = Rates(late=0.08, duplicate=0.06, mistake=0.5, misfiled=0.5)

OF_PERSONS = frozenset({"cf", "cf-provisional", "idanpr", "eidas"})
OF_ALL_AGENCIES = frozenset({"cf", "email", "phone"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One identifier in its one form."""

    scheme: str
    value: str

    @property
    def name(self) -> str:
        """By what the ledger knows it."""
        return f"{self.scheme}:{self.value}"

    @property
    def identifier(self) -> dict[str, str]:
        """The identifier as JSON has it."""
        return {"scheme": self.scheme, "value": self.value}

    @property
    def canary(self) -> str:
        """What may be found nowhere behind the door, in whatever case."""
        own = self.value.partition("@")[0] if self.scheme == "email" else self.value
        return own.rpartition(":")[2].lstrip("+")


def city(seed: int) -> City:
    """Settle the city of a run."""
    return City(seed, PEOPLE, start=START, rates=RATES)


def of_city(city: City) -> list[Subject]:
    """Return every identifier once, in the order of the people."""
    known = (Subject(*each) for person in city.people for each in person.known_as.values())
    return list(dict.fromkeys(known))


def written(scheme: str, value: str) -> Subject:
    """Read an identifier in a form in which the city writes it."""
    match scheme:
        case "cf":
            return Subject(scheme, value.upper())
        case "email":
            return Subject(scheme, value.lower())
        case "phone":
            digits = value.replace(" ", "")
            return Subject(scheme, f"+{digits[2:]}" if digits.startswith("00") else digits)
        case _:
            return Subject(scheme, value)


def persons(names: Iterable[str]) -> set[str]:
    """Return those of the subjects, by name, that are a person and not a thing of one."""
    return {name for name in names if name.partition(":")[0] in OF_PERSONS}
