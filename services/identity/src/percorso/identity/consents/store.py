"""Consents in identity's database: one decision of a citizen at a time, published with its transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.chassis.outbox import store as outbox
from percorso.citizens import store as citizens
from percorso.citizens.consents import facts
from percorso.citizens.consents import store as consents
from percorso.citizens.consents.facts import Channel, ConsentState, Purpose
from percorso.events import tracing
from percorso.events.ids import uuid7
from percorso.events.kafka.codec import encode_fact
from percorso.events.topics import IDENTITY
from percorso.events.types.own import DUTIES
from percorso.identity.consents.decisions import Decision, Receipt, decided
from percorso.identity.consents.purposes import AnyPurpose

SQL = sql.load("percorso.identity.consents", "queries.sql")


async def decide(
    connection: Connection, decision: Decision, *, text_version: int, now: datetime
) -> Receipt:
    """Take a decision in and return its receipt; the one of before where it changes nothing.

    Needs a transaction, and holds back every other one about the same citizen.
    """
    members = await citizens.take_citizen(connection, decision.subject)
    states = await consents.of(connection, members, decision.purpose)
    state = decided(states, decision, now)
    if state is None:
        return await _last_receipt(connection, decision)
    receipt = Receipt(uuid7(), state, text_version)
    await _keep(connection, receipt)
    return receipt


async def every(connection: Connection, subject: UUID) -> dict[Purpose, list[ConsentState]]:
    """Return what all subjects of the citizen said last, of each purpose and channel."""
    members = await citizens.members(connection, subject)
    return {
        purpose: await consents.of(connection, members, purpose) for purpose in get_args(Purpose)
    }


async def allowed(
    connection: Connection, members: Sequence[UUID], purpose: AnyPurpose, channel: Channel
) -> bool:
    """Say whether the citizen with these subjects may be reached for a purpose on a channel now."""
    if purpose == DUTIES:
        return True
    return facts.hold(await consents.of(connection, members, purpose), channel)


async def _keep(connection: Connection, receipt: Receipt) -> None:
    state = receipt.state
    await consents.apply(connection, state)
    await connection.execute(
        SQL["add_receipt"],
        state.subject, state.purpose, state.channel, state.version, receipt.id, state.is_given,
        state.decided_at, receipt.text_version,
    )  # fmt: skip
    fact = facts.to_fact(state, tracing.current_traceparent())
    await outbox.append(connection, IDENTITY.name, encode_fact(fact))


async def _last_receipt(connection: Connection, decision: Decision) -> Receipt:
    row = await connection.fetchrow(
        SQL["last_receipt"], decision.subject, decision.purpose, decision.channel
    )
    state = ConsentState(
        decision.subject,
        decision.purpose,
        decision.channel,
        row["version"],
        row["is_given"],
        row["decided_at"],
    )
    return Receipt(UUID(bytes=row["receipt_id"].bytes), state, row["text_version"])
