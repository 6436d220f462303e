"""Makes past decisions again and compares them bit for bit with what is on record."""

from dataclasses import dataclass

from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.insights.decisions import records, store
from percorso.insights.decisions.deciding import decide
from percorso.insights.decisions.inputs import facts_hash
from percorso.insights.decisions.past import Past, PastDecisions
from percorso.insights.decisions.records import Record

PAGE = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many decisions were made again, how many differ, and how many lack what made them."""

    made_again: int = 0
    different: int = 0
    incomplete: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        """Sum up."""
        return Outcome(
            self.made_again + other.made_again,
            self.different + other.different,
            self.incomplete + other.incomplete,
        )


async def recompute(pool: Pool, count: int) -> Outcome:
    """Make so many decisions again, or all there are, from the stored facts and rules."""
    decisions, outcome, after = PastDecisions(), Outcome(), store.FIRST
    while outcome.made_again < count:
        limit = min(PAGE, count - outcome.made_again)
        async with transaction(pool, readonly=True) as connection:
            page = await store.page(connection, after, limit)
            made = await decisions.load(connection, page)
        for record, given in zip(page, made, strict=True):
            outcome += _compared(record, given)
        if len(page) < limit:
            break
        after = page[-1].subject, page[-1].decision_id
    return outcome


def _compared(record: Record, given: Past | None) -> Outcome:
    if given is None:
        return Outcome(made_again=1, incomplete=1)
    again = records.record(record.decision_id, given.inputs, decide(*given).decision)
    is_same = again == record and facts_hash(given.inputs.facts) == record.facts_hash
    return Outcome(made_again=1, different=int(not is_same))
