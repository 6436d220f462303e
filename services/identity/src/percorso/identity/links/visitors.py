"""Visitors: browsers that an agency knows by a code, and the person who logs in with one."""

from uuid import UUID

from asyncpg import Connection

from percorso.chassis import logs
from percorso.citizens.sets import Subject
from percorso.identity.links import store
from percorso.identity.links.assertions import (
    LOGIN_SERVICE,
    Asserter,
    Assertion,
    MayLink,
    Proof,
    Refusal,
    ordered,
)
from percorso.identity.subjects.identifiers import (
    InvalidIdentifier,
    NameSubject,
    Scheme,
    agency_of,
)

REFERENCE = "login"  # one for all logins: the same two are linked once, however often they log in
_ASSERTER = Asserter(f"service:{LOGIN_SERVICE}", Proof.LOGIN)
_log = logs.get(__name__)


class Visitors:
    """Names visitors of agencies whose links we take, and joins them with persons."""

    def __init__(self, name_subject: NameSubject, may_link: MayLink) -> None:
        self._name_subject = name_subject
        self._may_link = may_link

    async def name(self, value: str) -> UUID:
        """Return the subject of `agency:code`; InvalidIdentifier for what is none, or of no such agency."""
        agency = agency_of(value)
        if not agency or not await self._may_link(agency):
            raise InvalidIdentifier("/value", "Is not of an agency that may link")
        return self._name_subject(agency, Scheme.VISITOR, value)

    async def join(self, connection: Connection, person: UUID, visitor: UUID) -> UUID | None:
        """Link the two and return the link; None where it may not be, and then nothing is changed.

        Needs a transaction, and holds back all other links. Two people may share a browser: it
        stays with the first.
        """
        ends = ordered(Subject(person, is_person=True), Subject(visitor, is_person=False))
        try:
            link_id = await store.add(connection, Assertion(*ends, _ASSERTER, REFERENCE))
        except Refusal:
            _log.info("a visitor was not linked: that would join two people, or too much")
            return None
        _log.info("a visitor was linked by a login", link=str(link_id))
        return link_id
