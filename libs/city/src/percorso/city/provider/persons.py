"""Who can log in: the demo people, and whoever is named by a codice fiscale; none of them is real."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from percorso.city import demo
from percorso.city.city import City
from percorso.city.fiscal_codes import is_fiscal_code
from percorso.city.people import Person

# SPID's rules name what is not in OpenID Connect itself under this address.
NATIONAL = "https://attributes.eid.gov.it"
FISCAL_NUMBER = f"{NATIONAL}/fiscal_number"

Claims = Mapping[str, Any]


class Shown(NamedTuple):
    """Somebody whom the page offers."""

    fiscal_code: str
    name: str
    why: str
    claims: Claims


class Persons:
    """Everybody who can log in."""

    def __init__(self, city: City) -> None:
        self.shown: Sequence[Shown] = [
            Shown(each.person.fiscal_code, each.person.name, each.why, _claims(each.person))
            for each in demo.people(city)
        ]

    def find(self, fiscal_code: str) -> Claims | None:
        """Return what is said of a person; None where the code is none."""
        code = fiscal_code.strip().upper()
        for each in self.shown:
            if each.fiscal_code == code:
                return each.claims
        return _unknown(code) if is_fiscal_code(code) else None


def _claims(person: Person) -> Claims:
    civil, known = person.civil, person.known_as
    contacts = {"email": known.get("email"), "phone_number": known.get("phone")}
    return {
        "given_name": civil.name,
        "family_name": civil.surname,
        "birthdate": civil.born.isoformat(),
        "gender": "female" if civil.is_woman else "male",
        "place_of_birth": {"locality": civil.birthplace},
        FISCAL_NUMBER: f"TINIT-{person.fiscal_code}",
        **{name: contact.value for name, contact in contacts.items() if contact},
    }


def _unknown(fiscal_code: str) -> Claims:
    """Say as little as is known of whoever is not one of the demo people."""
    return {
        "given_name": "Persona",
        "family_name": "Inventata",
        FISCAL_NUMBER: f"TINIT-{fiscal_code}",
    }
