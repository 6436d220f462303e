"""Facts of insights as a plain model, and how a test has them stored."""

from collections import Counter
from collections.abc import Iterable, Sequence

from asyncpg import Connection, Pool

from percorso.chassis.consumption import applying, offsets
from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.batch import Batch
from percorso.events.topics import TOUCHPOINTS
from percorso.insights.facts.handlers import Recorder
from percorso.insights.facts.rows import Change, Place, read


class Counting:
    """An effect that counts what it is told: once for each place that counts, never less than none."""

    def __init__(self) -> None:
        self.places: Counter[Place] = Counter()

    async def follow(self, connection: Connection, change: Change) -> None:  # noqa: ARG002 - an Effect
        """Add and take away, as metrics do."""
        self.places.update(fact.place for fact in change.added)
        self.places.subtract(fact.place for fact in change.hidden)


def expected(events: Iterable[CloudEvent]) -> set[Place]:
    """Return what counts by the plain rules: every place once, less what was withdrawn."""
    first: dict[Place, CloudEvent] = {}
    for event in events:
        first.setdefault(read(event).fact.place, event)
    hidden = {read(event).hides for event in first.values()}
    return {place for place in first if (place[0], place[3]) not in hidden}


async def begin(pool: Pool, partitions: Sequence[int] = (0,)) -> None:
    """Let the partitions begin at offset 0."""
    async with transaction(pool) as connection:
        await offsets.begin(connection, TOUCHPOINTS.name, dict.fromkeys(partitions, 0))


async def apply(pool: Pool, batch: Batch[CloudEvent], recorder: Recorder) -> None:
    """Apply one batch as the service does."""
    await applying.apply(pool, batch, recorder.record)
