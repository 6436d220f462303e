"""Canary citizens: invented people whose identifiers are unmistakable wherever they turn up."""

from dataclasses import dataclass
from random import Random

from tests.support import citizens

AGENCY = "c_a182"
SOURCE = f"urn:it:{AGENCY}:chaos"


@dataclass(frozen=True, slots=True)
class Citizen:
    """One person, known to the agency by one identifier."""

    number: int
    scheme: str
    value: str

    @property
    def owner(self) -> str:
        """What every touchpoint of this citizen carries as its `matter`."""
        return f"owner-{self.number}"

    @property
    def identifier(self) -> dict[str, str]:
        """The identifier in its one form."""
        return {"scheme": self.scheme, "value": self.value}

    @property
    def canary(self) -> str:
        """What may be found nowhere behind the door, in whatever case."""
        return self.value.lstrip("+").partition("@")[0]

    def spelt(self, random: Random) -> dict[str, str]:
        """Return the identifier as some clerk may have typed it."""
        return {"scheme": self.scheme, "value": random.choice([self.value, _otherwise(self)])}


def of_seed(seed: int, count: int) -> list[Citizen]:
    """Make citizens of three schemes, most by codice fiscale; the same ones for the same seed."""
    random = Random(f"citizens {seed}")
    return [_citizen(random, number) for number in range(count)]


def _citizen(random: Random, number: int) -> Citizen:
    match number % 6:
        case 4:
            return Citizen(number, "email", f"canary{random.randrange(16**8):08x}@chaos.example")
        case 5:
            return Citizen(number, "phone", f"+39007{random.randrange(10**8):08}")
        case 3:
            return Citizen(number, "cf", citizens.an_omocode(random))
        case _:
            return Citizen(number, "cf", citizens.a_fiscal_code(random))


def _otherwise(citizen: Citizen) -> str:
    match citizen.scheme:
        case "email":
            return citizen.value.upper()
        case "phone":
            return f"00{citizen.value[1:3]} {citizen.value[3:7]}-{citizen.value[7:]}"
        case _:
            return f"TINIT-{citizen.value.lower()}"
