"""Releases: an address is let out to who may have it now, with the entry that says so."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from asyncpg import Connection, Pool

from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Problem
from percorso.citizens import store as citizens
from percorso.identity.access.entries import Access, Released, release
from percorso.identity.consents.purposes import AnyPurpose
from percorso.identity.contacts import metrics, store
from percorso.identity.contacts.store import Kind
from percorso.identity.contacts.vault import Vault

# On what notifications reaches citizens: the inbox is its own and has no address.
Via = Literal[Kind, "inbox"]
# Whether the citizen with these subjects may be reached for a purpose on a channel.
Allows = Callable[[Connection, Sequence[UUID], AnyPurpose, Via], Awaitable[bool]]
# Writes an access down.
Note = Callable[[Connection, Access, datetime], Awaitable[bool]]

_ACTIONS: dict[Kind, Released] = {"email": "email-released", "phone": "phone-released"}


class NoConsent(Problem):
    """The citizen does not allow this purpose on this channel, now."""

    status = 403
    slug = "no-consent"
    title = "The citizen does not allow this"


class NoAddress(Problem):
    """The citizen may be reached, and has not said where."""

    status = 404
    slug = "no-address"
    title = "The citizen has no such address"


@dataclass(frozen=True, slots=True)
class Asked:
    """For what an address is needed, by whom; `reference` is the caller's name for it."""

    who: str
    subject: UUID
    purpose: AnyPurpose
    channel: Via
    reference: str


class Releases:
    """Lets addresses out, one citizen's after the other's decisions and changes."""

    def __init__(
        self, pool: Pool, vault: Vault, *, allows: Allows, note: Note, clock: Clock
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._allows = allows
        self._note = note
        self._clock = clock

    async def release(self, asked: Asked) -> str | None:
        """Return the citizen's address, once its entry is written; NoConsent, NoAddress.

        None for the inbox: consent is all that is asked there, and nothing is given away. What the
        citizen says meanwhile waits: a consent that was withdrawn before the entry is committed was
        withdrawn before this began. The same again is the same entry.
        """
        try:
            async with transaction(self._pool) as connection:
                address = await self._released(connection, asked)
        except (NoConsent, NoAddress) as refusal:
            _count(asked, refusal.slug)
            raise
        _count(asked, "released")
        return address

    async def _released(self, connection: Connection, asked: Asked) -> str | None:
        members = await citizens.take_citizen(connection, asked.subject)
        if not await self._allows(connection, members, asked.purpose, asked.channel):
            raise NoConsent
        if asked.channel == "inbox":
            return None
        address = await self._address(connection, members, asked.channel)
        access = release(
            asked.subject, asked.who, _ACTIONS[asked.channel], asked.purpose, asked.reference
        )
        await self._note(connection, access, self._clock.now())
        return address

    async def _address(self, connection: Connection, members: Sequence[UUID], kind: Kind) -> str:
        found = await store.newest(connection, members, kind)
        if found is None:
            raise NoAddress
        subject, sealed = found
        return self._vault.unseal(sealed, subject=subject, kind=kind)


def _count(asked: Asked, outcome: str) -> None:
    metrics.RELEASES.labels(asked.purpose, asked.channel, outcome).inc()
