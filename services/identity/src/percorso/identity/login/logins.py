"""From a browser that comes to log in to the portal's session, by way of a provider of identities."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection, Pool
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from percorso.chassis import logs
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.events.errors import QueueFull, Unavailable
from percorso.identity.login import metrics, store
from percorso.identity.login.attempts import Asked, Attempt, Login, digest, random_text
from percorso.identity.login.faults import Fault, Refused
from percorso.identity.login.provider import Person, Provider
from percorso.identity.login.room import Room
from percorso.identity.subjects.identifiers import InvalidIdentifier, NameSubject, Scheme

_log = logs.get(__name__)


class Answer(NamedTuple):
    """What a browser brings back from a provider."""

    state: str
    code: str | None
    error: str | None
    issuer: str | None


class VisitorLinks(NamedTuple):
    """How links join a visitor with the person who logs in: what they call it, do, and tell."""

    name: Callable[[str], Awaitable[UUID]]
    join: Callable[[Connection, UUID, UUID], Awaitable[UUID | None]]
    wake: Callable[[], None]


class Opened(NamedTuple):
    """A login that the portal has come for, and the link that it made."""

    login: Login
    link_id: UUID | None


class Logins:
    """Logins by the providers, of which the first is asked where none is named."""

    def __init__(
        self,
        pool: Pool,
        providers: Mapping[str, Provider],
        *,
        name_subject: NameSubject,
        visitors: VisitorLinks,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._providers = providers
        self._name_subject = name_subject
        self._visitors = visitors
        self._clock = clock
        self._room = Room()
        self._counting = asyncio.Lock()

    def knows(self, issuer: str) -> bool:
        """Say whether there is such a provider."""
        return issuer in self._providers

    async def begin(self, asked: Asked, browser: str, issuer: str | None) -> str:
        """Return where the browser is to go; Refused while the provider is away.

        QueueFull while too many others have not come back.
        """
        if not await self._has_room():
            raise QueueFull("too many logins are under way")
        provider = self._providers[issuer or next(iter(self._providers))]
        state = random_text()
        attempt = Attempt(asked, provider.issuer, nonce=random_text(), verifier=random_text())
        try:
            url = await provider.login_url(attempt, state)
        except Unavailable:
            raise self._refused(Fault.AWAY, provider.issuer) from None
        async with transaction(self._pool) as connection:
            await store.keep_attempt(
                connection, attempt, state=state, browser=browser, now=self._clock.now()
            )
        return url

    async def end(self, answer: Answer, browser: str) -> str:
        """Return the code with which the portal gets the login; Refused where it comes to nothing."""
        attempt = await self._attempt(answer.state, browser)
        try:
            person = await self._person(answer, attempt)
            login = self._login(person, attempt)
        except Refused as refusal:
            raise self._refused(refusal.fault, attempt.provider) from None
        code = random_text()
        async with transaction(self._pool) as connection:
            await store.keep_code(connection, login, code=code, now=self._clock.now())
        metrics.LOGINS.labels("done").inc()
        _log.info("somebody has logged in", provider=attempt.provider, level=login.level)
        return code

    async def open(self, code: str, verifier: str, visitor: str | None) -> Opened | None:
        """Return the login of a code, once; None for a code that is none, or another browser's.

        A visitor is linked with the person, unless that would make two people one: then the login
        stands without the link. InvalidIdentifier where the visitor is none; the code is not used.
        """
        named = None if visitor is None else await self._visitors.name(visitor)
        async with transaction(self._pool) as connection:
            login = await store.take_code(connection, code=code, now=self._clock.now())
            if login is None or not _proves(verifier, login.challenge):
                return None
            link_id = named and await self._visitors.join(connection, login.subject, named)
        self._visitors.wake()
        return Opened(login, link_id)

    async def _has_room(self) -> bool:
        """Say whether one more may begin; what is refused costs neither a count nor a signature."""
        async with self._counting:
            if self._room.is_to_be_counted(self._clock.monotonic()):
                async with transaction(self._pool) as connection:
                    self._room.count(await store.room(connection, self._clock.now()))
        return self._room.take()

    async def _attempt(self, state: str, browser: str) -> Attempt:
        async with transaction(self._pool) as connection:
            taken = await store.take_attempt(connection, state=state, now=self._clock.now())
        if taken is None:
            raise self._refused(Fault.UNKNOWN_STATE)
        attempt, begun_by = taken
        if not hmac.compare_digest(begun_by, digest(browser)):
            raise self._refused(Fault.OTHER_BROWSER, attempt.provider)
        return attempt

    async def _person(self, answer: Answer, attempt: Attempt) -> Person:
        provider = self._providers.get(attempt.provider)
        if provider is None:  # it was taken out of the settings meanwhile
            raise Refused(Fault.UNKNOWN_STATE)
        if answer.error is not None or not answer.code:
            is_cancelled = answer.error == "access_denied"
            raise Refused(Fault.CANCELLED if is_cancelled else Fault.PROVIDER_ERROR)
        try:
            return await provider.person(answer.code, attempt, answer.issuer)
        except Unavailable:
            raise Refused(Fault.AWAY) from None

    def _login(self, person: Person, attempt: Attempt) -> Login:
        """Name the person by a pseudonym; from here on nobody has the fiscal number."""
        try:
            subject = self._name_subject(None, Scheme.CF, person.fiscal_number)
        except InvalidIdentifier:
            raise Refused(Fault.FISCAL_NUMBER) from None
        asked = attempt.asked
        return Login(subject, person.level, asked.challenge, asked.return_to)

    def _refused(self, fault: Fault, issuer: str | None = None) -> Refused:
        metrics.LOGINS.labels(fault.value).inc()
        say = _log.info if fault is Fault.CANCELLED else _log.warning
        say("a login came to nothing", fault=fault.value, provider=issuer)
        return Refused(fault)


def _proves(verifier: str, challenge: str) -> bool:
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)
