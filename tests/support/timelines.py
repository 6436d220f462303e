"""A timeline as a plain model, and how to read the stored one in the same form."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from uuid import UUID

from asyncpg import Pool

from percorso.chassis.consumption import applying, offsets
from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.events.ids import event_key
from percorso.events.kafka.batch import Batch
from percorso.events.topics import TOUCHPOINTS
from percorso.journey.timelines import store
from percorso.journey.timelines.facts import entry
from percorso.journey.timelines.handlers import Recorder
from percorso.journey.timelines.partitions import Partitions

Line = tuple[str, ...]


def expected(events: Iterable[CloudEvent], subject: UUID) -> list[Line]:
    """Return a subject's timeline by the plain rules: first copies, sorted, without withdrawn ones."""
    own: dict[tuple[object, ...], CloudEvent] = {}
    for event in events:
        if event.subject == subject:
            own.setdefault(_place(event), event)
    withdrawals = [entry(event).withdrawal for event in own.values()]
    hidden = {withdrawal.about_key for withdrawal in withdrawals if withdrawal}
    return [_line(own[place]) for place in sorted(own) if place[2] not in hidden]


def _place(event: CloudEvent) -> tuple[object, ...]:
    return event.time, event.sequence, event_key(event.source, event.id)


def _line(event: CloudEvent) -> Line:
    return (event.time.isoformat(), str(event.sequence), event.source, event.id, event.type)


async def begin(pool: Pool, partitions: Sequence[int] = (0,)) -> None:
    """Let the partitions begin at offset 0."""
    async with transaction(pool) as connection:
        await offsets.begin(connection, TOUCHPOINTS.name, dict.fromkeys(partitions, 0))


async def apply(pool: Pool, batch: Batch[CloudEvent]) -> None:
    """Apply one batch as the journey service does."""
    await applying.apply(pool, batch, Recorder(Partitions(pool)).record)


async def stored(
    pool: Pool, subject: UUID, *, page: int = 7, order: store.Order = "asc"
) -> list[Line]:
    """Read a whole timeline page by page, oldest first."""
    lines: list[Line] = []
    after = None
    while True:
        async with transaction(pool) as connection:
            rows = await store.page(
                connection, subject, wanted=store.Selection(), order=order, after=after, limit=page
            )
        lines += [
            (
                row["occurred_at"].isoformat(),
                str(row["sequence"]),
                row["source"],
                row["id"],
                row["type"],
            )
            for row in rows
        ]
        if len(rows) < page:
            return lines if order == "asc" else lines[::-1]
        after = store.place(rows[-1])


def digest(lines: Sequence[Line]) -> str:
    """Return a hash of a timeline; times of receipt and traces are no part of it."""
    return sha256(repr(lines).encode()).hexdigest()
