"""One attempt: asks the vault, hands the message to its channel, and stores what came of it."""

import asyncio
from typing import Protocol

from asyncpg import Pool
from opentelemetry.trace import Span, StatusCode

from percorso.chassis import logs
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.events.tracing import current_traceparent
from percorso.notifications.channels.letter import Letter
from percorso.notifications.delivery import metrics, store
from percorso.notifications.delivery.claims import Claim
from percorso.notifications.delivery.letters import Letters
from percorso.notifications.delivery.outcomes import Outcome, Retries
from percorso.notifications.delivery.settling import settle
from percorso.notifications.delivery.tracing import attempting
from percorso.notifications.delivery.vault import Vault, Withheld

RETRY_S = 0.5  # while PostgreSQL is away and the outcome waits to be stored
_log = logs.get(__name__)


class Channel(Protocol):
    """A way by which messages leave: what it is called, whether it rings, and how it hands over."""

    @property
    def via(self) -> str: ...
    @property
    def span(self) -> str: ...
    @property
    def rings(self) -> bool: ...
    async def hand_over(self, letter: Letter, address: str | None) -> Outcome:
        """Hand the letter over, within a deadline of its own; no error leaves."""


class Attempts:
    """Makes the attempts of one channel."""

    def __init__(
        self,
        pool: Pool,
        channel: Channel,
        vault: Vault,
        letters: Letters,
        retries: Retries,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._channel = channel
        self._vault = vault
        self._letters = letters
        self._retries = retries
        self._clock = clock

    async def make(self, claim: Claim) -> Outcome:
        """Try once to send a message in hand; return what it came to, stored if PostgreSQL is there.

        Consent is checked here, by the vault; whatever goes wrong before the channel has the
        letter, nothing has left.
        """
        begun = self._clock.monotonic()
        with attempting(self._channel.span, claim.message.traceparent) as span:
            outcome = await self._tried(claim)
            _describe(span, self._channel.via, outcome)
            await self._store(claim, outcome)
        metrics.ATTEMPTS.labels(self._channel.via, outcome.value).inc()
        metrics.ATTEMPT_SECONDS.labels(self._channel.via).observe(self._clock.monotonic() - begun)
        return outcome

    async def _tried(self, claim: Claim) -> Outcome:
        try:
            letter, address = await self._ready(claim)
        except Withheld as withheld:
            return withheld.outcome
        try:
            return await self._channel.hand_over(letter, address)
        except Exception:  # noqa: BLE001 - a bug of any kind: nobody knows how far it came
            _log.exception("a channel failed")
            return Outcome.UNSURE

    async def _ready(self, claim: Claim) -> tuple[Letter, str | None]:
        """Return the letter and where it goes; Withheld in every other case, and nothing has left."""
        try:
            letter, address = self._written(claim), await self._released(claim)
        except Withheld:
            raise
        except Unavailable:
            raise Withheld(Outcome.UNASKED) from None
        except Exception:  # noqa: BLE001 - a bug of any kind: the end of the attempts ends it
            _log.exception("a message could not be made ready")
            raise Withheld(Outcome.DEFERRED) from None
        if self._clock.now() >= claim.begin_before:  # this worker was frozen
            raise Withheld(Outcome.UNASKED)
        return letter, address

    def _written(self, claim: Claim) -> Letter:
        message = claim.message
        return self._letters.write(
            message.message_id, message.suggestion, claim.language, tells_why=claim.tells_why
        )

    async def _released(self, claim: Claim) -> str | None:
        message = claim.message
        return await self._vault.release(
            message.subject,
            purpose=message.purpose,
            via=message.via,
            reference=message.message_id,
        )

    async def _store(self, claim: Claim, outcome: Outcome) -> None:
        """Store the outcome, waiting for PostgreSQL as long as the message is ours."""
        while True:
            try:
                is_stored = await self._stored(claim, outcome)
            except Unavailable:
                if self._clock.now() >= claim.lease_until:
                    _log.error("an outcome could not be stored", outcome=outcome.value)
                    return
                await asyncio.sleep(RETRY_S)
                continue
            if not is_stored:
                _log.warning(
                    "an outcome was there already, or came too late", outcome=outcome.value
                )
            return

    async def _stored(self, claim: Claim, outcome: Outcome) -> bool:
        message, now = claim.message.after(outcome), self._clock.now()
        step = self._retries.step(
            outcome, is_duty=message.is_duty, failures=message.failures, now=now
        )
        async with transaction(self._pool) as connection:
            await store.end(connection, message, outcome, now)
            return await settle(
                connection, message, step, now=now, traceparent=current_traceparent()
            )


def _describe(span: Span, via: str, outcome: Outcome) -> None:
    span.set_attribute("percorso.via", via)
    span.set_attribute("percorso.outcome", outcome.value)
    if outcome not in {Outcome.TAKEN, Outcome.IN_PLACE}:
        span.set_status(StatusCode.ERROR, outcome.value)
