"""What the demo people tell Percorso of themselves: what they allow, and where mail goes."""

from percorso.city.demo import DemoPerson
from percorso.client import Percorso, SubjectIdentifier

CHANNEL = "any"


def introduce(percorso: Percorso, person: DemoPerson) -> None:
    """Say it all as that person, who can be reached at any hour; saying it again changes nothing.

    PercorsoError where something cannot be said.
    """
    token = percorso.tokens.citizen(SubjectIdentifier("cf", person.person.fiscal_code))
    phone = person.person.known_as.get("phone")
    percorso.contacts.change(email=person.email, phone=phone and phone.value, token=token)
    percorso.preferences.change(quiet_hours=None, token=token)
    for purpose in person.allows:
        percorso.consents.decide(purpose, CHANNEL, given=True, token=token)
