"""An entry of the access log in words; what nobody has words for is shown as it stands."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from percorso.portal.accesses.reading import Entry
from percorso.portal.apis.names import Names
from percorso.portal.pages.languages import Words

AGENCY, SERVICE = "agency", "service"


class Shown(NamedTuple):
    """Who was given what and why, with the labels of what differs between operators and services."""

    id: UUID
    at: datetime
    who: str
    action: str
    why: str
    purpose: str
    matter: str
    reference: str


def shown(entry: Entry, words: Words, names: Names) -> Shown:
    """Return an entry in words; of an operator, the purpose is what they wrote, and said to be."""
    said = words["accesses"]
    actions, purposes = said["actions"], said["purposes"]
    action = actions.get(entry.action) or said["other_action"].format(name=entry.action)
    who = _who(entry, said, names)
    if entry.kind == SERVICE:
        purpose = purposes.get(entry.purpose, entry.purpose)
        labels = said["purpose"], said["reference"]
    else:
        purpose = said["quoted"].format(text=entry.purpose)
        labels = said["written"], said["case"]
    return Shown(entry.id, entry.at, who, action, labels[0], purpose, labels[1], entry.reference)


def _who(entry: Entry, said: Words, names: Names) -> str:
    services, roles = said["services"], said["roles"]
    if entry.kind == SERVICE:
        return str(services.get(entry.name) or said["service"].format(name=entry.name))
    if entry.kind == AGENCY:
        role = roles.get(entry.role) or said["other_role"]
        return f"{names.agency(entry.name)}: {role}"
    return str(said["somebody"].format(name=entry.who))
