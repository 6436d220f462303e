"""Takes due messages in hand: decides whether each may go now, and records the attempt before it does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from percorso.citizens import store as citizens
from percorso.notifications.delivery import store
from percorso.notifications.delivery.budget import WEEK, Budget
from percorso.notifications.delivery.outcomes import Outcome, Retries
from percorso.notifications.delivery.settling import settle
from percorso.notifications.delivery.store import Message
from percorso.notifications.delivery.timing import GO, Circumstances, decide
from percorso.notifications.preferences.preferences import Language, Preferences

SCANNED = 50  # messages of one transaction; what is put off takes no place of what may go

# What these subjects of one citizen prefer.
PreferencesOf = Callable[[Connection, Sequence[UUID]], Awaitable[Preferences]]


class Limits(NamedTuple):
    """How often a citizen may be reached, how often to try, and how long an attempt is its worker's."""

    budget: Budget
    retries: Retries
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Claim:
    """A message in hand, with its attempt recorded; half of its time is for handing it over.

    `tells_why` is false of a duty whose reasons tell of somebody who is not the citizen.
    """

    message: Message
    language: Language
    tells_why: bool
    begin_before: datetime
    lease_until: datetime


class Claims:
    """Decides which messages of a channel go; `rings` says whether quiet hours hold for it."""

    def __init__(
        self, via: str, limits: Limits, preferences: PreferencesOf, *, rings: bool
    ) -> None:
        self.via = via
        self._limits = limits
        self._preferences = preferences
        self._rings = rings

    async def take(self, connection: Connection, most: int, now: datetime) -> list[Claim]:
        """Return messages to send, `most` of them; others that are due are put off or ended.

        One claim at a time: a citizen's budget is counted over all subjects and both channels.
        """
        await store.take_turn(connection)
        taken: list[Claim] = []
        for message in await store.due(connection, self.via, now, SCANNED):
            if len(taken) == most:
                break
            claim = await self._claimed(connection, message, now)
            taken += [claim] if claim else []
        return taken

    async def give_up_lost(self, connection: Connection, now: datetime) -> None:
        """Settle attempts that nobody has in hand any more: unknown, or again for a duty."""
        for lost in await store.lost(connection, self.via, now, SCANNED):
            await store.end(connection, lost, Outcome.LOST, now)
            message = lost.after(Outcome.LOST)
            step = self._limits.retries.step(
                Outcome.LOST, is_duty=message.is_duty, failures=message.failures, now=now
            )
            await settle(connection, message, step, now=now, traceparent=message.traceparent)

    async def _claimed(
        self, connection: Connection, message: Message, now: datetime
    ) -> Claim | None:
        members = await citizens.members(connection, message.subject)
        preferences = await self._preferences(connection, members)
        used = [] if message.is_duty else await store.contacts(connection, members, now - WEEK)
        is_about_others = not message.tells_only_of(members)
        circumstances = Circumstances(
            message.is_duty,
            message.is_cancelled,
            is_about_others,
            message.expires_at,
            preferences.quiet_hours if self._rings else None,
            used,
        )
        decided = decide(circumstances, self._limits.budget, now)
        if decided is not GO:
            await settle(connection, message, decided, now=now, traceparent=message.traceparent)
            return None
        lease = self._limits.lease
        number = await store.begin(connection, message, now, now + lease)
        if number is None:
            return None
        return Claim(
            replace(message, attempts=number),
            preferences.language,
            not is_about_others,
            now + lease / 2,
            now + lease,
        )
