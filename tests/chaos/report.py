"""What a person reads after a run: one table."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.chaos import conduct
from tests.chaos.ledger import Planted
from tests.chaos.run import Outcome
from tests.chaos.teeth.planting import Tooth


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield the report of one run."""
    account, plan = outcome.account, outcome.plan
    planted = Counter(
        each.reason for each in outcome.entries if isinstance(each, Planted) and each.is_stored
    )
    yield f"seed {plan.seed}, {plan.seconds:.0f} s of load"
    yield (
        f"events: {len(account.made)} made, {account.sent} sent, {len(account.accepted_at)} "
        f"accepted, {len(account.refused)} refused, {len(account.unknown)} of unknown outcome"
    )
    yield (
        f"links: {len(outcome.links.exchanges)} requests, {len(outcome.links.said)} said, "
        f"{len(outcome.links.undone)} undone, {sum(outcome.links.perhaps_said.values())} and "
        f"{len(outcome.links.perhaps_undone)} of unknown outcome"
    )
    yield f"poison: {sum(planted.values())} records of {len(planted)} kinds"
    yield "faults:"
    for each in conduct.recoveries(outcome.entries):
        yield f"  {each.at_s:5.1f} s  {each.part:<10} {each.what:<7} well after {each.seconds:4.1f} s"
    yield "checks:"
    for verdict in outcome.verdicts:
        yield f"  {'ok  ' if verdict.holds else 'FAIL'}  {verdict.check:<62} {verdict.finding}"


def teeth_lines(caught: Iterable[tuple[Tooth, Outcome]]) -> Iterator[str]:
    """Yield the table of planted bugs, each bug's lines as soon as it is known."""
    yield f"{'planted bug':<25} caught by"
    for tooth, outcome in caught:
        findings = {each.check: each.finding for each in outcome.failed}
        found = findings.pop(tooth.caught_by, None)
        first = f"{tooth.caught_by}: {found}" if found else f"NOT CAUGHT by: {tooth.caught_by}"
        yield f"{tooth.name:<25} {first}"
        yield from (f"{'':<25} also: {check}: {found}" for check, found in findings.items())
