"""Links in identity's database: decided one at a time, published with the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.chassis.outbox import store as outbox
from percorso.citizens import facts
from percorso.citizens import store as citizens
from percorso.citizens.facts import LinkEnd, LinkState
from percorso.events import tracing
from percorso.events.ids import uuid7
from percorso.events.kafka.codec import encode_fact
from percorso.events.topics import IDENTITY
from percorso.identity.links.assertions import Asserter, Assertion, Proof, check

SQL = sql.load("percorso.identity.links", "queries.sql")


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A link and who asserted it."""

    state: LinkState
    asserter: str


class Standing(NamedTuple):
    """A link that lives, who asserted it on what ground, and when."""

    link_id: UUID
    asserter: Asserter
    asserted_at: datetime


async def add(connection: Connection, asked: Assertion) -> UUID:
    """Link the two subjects and return the link; the same assertion again returns the same link.

    TwoPeople or TooMany: nothing is changed. Needs a transaction, and holds back all others.
    """
    await citizens.take_turn(connection)
    same = await connection.fetchval(
        SQL["live_assertion"],
        asked.one.id, asked.other.id, asked.asserter.name, asked.asserter.proof, asked.reference,
    )  # fmt: skip
    if same is not None:
        return UUID(bytes=same.bytes)
    await _check(connection, asked)
    ends = (
        LinkEnd(asked.one.id, asked.one.is_person),
        LinkEnd(asked.other.id, asked.other.is_person),
    )
    state = LinkState(link_id=uuid7(), version=1, ends=ends, is_live=True)
    now = datetime.now(UTC)
    await _keep(connection, state, now)
    await connection.execute(
        SQL["keep_assertion"],
        state.link_id, asked.asserter.name, asked.asserter.proof, asked.reference, now,
    )  # fmt: skip
    return state.link_id


async def find(connection: Connection, link_id: UUID) -> KeptLink | None:
    """Return a link, live or not, and hold it until the transaction ends."""
    await citizens.take_turn(connection)
    row = await connection.fetchrow(SQL["lock_link"], link_id)
    if row is None:
        return None
    ends = (
        LinkEnd(UUID(bytes=row["one_subject"].bytes), row["one_is_person"]),
        LinkEnd(UUID(bytes=row["other_subject"].bytes), row["other_is_person"]),
    )
    state = LinkState(link_id=link_id, version=row["version"], ends=ends, is_live=row["is_live"])
    return KeptLink(state, row["asserter"])


async def of(connection: Connection, subjects: Sequence[UUID], limit: int) -> list[Standing]:
    """Return the links that live and join these subjects, the newest first."""
    rows = await connection.fetch(SQL["live_links_of"], subjects, limit)
    return [
        Standing(UUID(bytes=link.bytes), Asserter(name, Proof(proof)), at)
        for link, name, proof, at in rows
    ]


async def remove(connection: Connection, kept: KeptLink, by: str) -> None:
    """Undo a link exactly; one that is undone already stays so."""
    if not kept.state.is_live:
        return
    state = LinkState(
        link_id=kept.state.link_id,
        version=kept.state.version + 1,
        ends=kept.state.ends,
        is_live=False,
    )
    now = datetime.now(UTC)
    await _keep(connection, state, now)
    await connection.execute(SQL["keep_removal"], state.link_id, by, now)


async def _check(connection: Connection, asked: Assertion) -> None:
    one, other = [
        {subject for link in await citizens.reachable(connection, [end]) for subject in link}
        | {end}
        for end in (asked.one, asked.other)
    ]
    check(one, other)


async def _keep(connection: Connection, state: LinkState, now: datetime) -> None:
    await citizens.apply(connection, state)
    fact = facts.to_fact(state, now, tracing.current_traceparent())
    await outbox.append(connection, IDENTITY.name, encode_fact(fact))
