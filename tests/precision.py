"""`python -m tests.precision`: of what rules and decisions put first at a planted life event, how much was wanted.

The synthetic city plants journeys and says in its truth what they are made of. Each event of a
journey that sets off a rule of a suggestion (duties are no suggestions) is a moment at which the
citizen may be helped. At that moment, of all facts of that person so far, the decision is made
with consent given and without bounds, so that everything is ranked; the first three of what it
proposes because of that event are looked at. One of them was *wanted* if the same journey later
turns to its service, within the rule's window: by an event of that service, or a form of that
name. Precision at 3 is the share of those looked at that were wanted, over all moments at which
anything was proposed. Where a journey ends at the moment, and turns to no service of the catalogue
any more, the truth is silent: those moments count as not wanted, and are left out of a second
figure.
"""

import argparse
import json
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from percorso.city.truth import JourneyTruth, PersonTruth, Told, WithdrawnTruth
from percorso.events.envelope import CloudEvent
from percorso.events.types.own import DUTIES
from percorso.insights.decisions.deciding import decide
from percorso.insights.decisions.inputs import inputs
from percorso.insights.decisions.outcome import Proposal
from percorso.insights.facts.rows import Fact, read
from percorso.insights.rules import Ruleset
from tests.support.cities import Played, a_city, played
from tests.support.decisions import FREE, a_consent
from tests.support.rules import shipped

AT = 3
_PEOPLE = UUID("3f0d9a52-3f5c-4c4b-9a3c-5f3d8a6a1b10")


@dataclass(frozen=True)
class Moment:
    """One event that set off rules: in which kind of journey, what was proposed, what of it was wanted.

    `is_told` says whether the journey turns to any service of the catalogue afterwards.
    """

    journey: str
    proposed: Sequence[str]
    wanted: Sequence[str]
    is_told: bool


def moments(city: Played, ruleset: Ruleset) -> Iterator[Moment]:
    """Yield every moment of every journey at which anything is proposed."""
    facts = _facts(city)
    triggers = {
        each
        for each, rules in ruleset.triggers.items()
        if any(ruleset.services[rule.service].purpose != DUTIES for rule in rules)
    }
    for journey in city.journeys:
        own = facts[journey.person]
        told = _of_journey(journey, own)
        for trigger in (fact for fact in told if fact.type in triggers):
            first = [each.service for each in _first(own, trigger, ruleset)]
            if first:
                turned_to = _turned_to(told, trigger, ruleset)
                wanted = [service for service in first if service in turned_to]
                is_told = not turned_to.isdisjoint(ruleset.services)
                yield Moment(journey.journey, first, wanted, is_told)


def precision(found: Sequence[Moment]) -> float:
    """Return the share of what was proposed that was wanted."""
    return sum(len(each.wanted) for each in found) / sum(len(each.proposed) for each in found)


def _first(own: Sequence[Fact], trigger: Fact, ruleset: Ruleset) -> list[Proposal]:
    """Return the first of what is proposed because of an event when it becomes known."""
    now = trigger.occurred_at + timedelta(seconds=1)
    subject = trigger.subject
    known = own[: bisect_right(own, now, key=lambda fact: fact.occurred_at)]
    given = inputs(
        now,
        [subject],
        facts=known,
        consents=[a_consent(subject=subject, at=now)],
        suggested=[],
        policy=FREE,
        ruleset=ruleset.version,
    )
    proposed = decide(given, ruleset).decision.proposed
    because = [
        each for each in proposed if each.event_key == trigger.event_key and each.purpose != DUTIES
    ]
    return because[:AT]


def _turned_to(told: Sequence[Fact], trigger: Fact, ruleset: Ruleset) -> set[str]:
    """Return the services that a journey turns to after an event, within the windows of its rules."""
    window = max(rule.window for rule in ruleset.triggers[trigger.type])
    later = [
        fact
        for fact in told
        if trigger.occurred_at < fact.occurred_at < trigger.occurred_at + window
    ]
    forms = (json.loads(fact.members).get("form") for fact in later)
    return {each for each in (*(fact.service for fact in later), *forms) if each is not None}


def _of_journey(journey: JourneyTruth, own: Sequence[Fact]) -> list[Fact]:
    told = {(each.source, each.id) for each in journey.events}
    return [fact for fact in own if (fact.source, fact.id) in told]


def _facts(city: Played) -> Mapping[int, list[Fact]]:
    """Return what is true of each person, by the truth: mistakes of clerks and copies left out."""
    people = {
        (known.scheme, known.value): person.person
        for person in city.of(PersonTruth)
        for known in person.identifiers
        if known not in person.shared
    }
    mistaken = {each.event for each in city.of(WithdrawnTruth)}
    mistaken |= {each.by for each in city.of(WithdrawnTruth)}
    whose = {event: journey.person for journey in city.journeys for event in journey.events}
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for told, event in city.by_id.items():
        citizen = event["data"]["citizen"]
        person = whose.get(told, people.get((citizen["scheme"], citizen["value"])))
        if person is not None and told not in mistaken:
            found[person].append(_fact(told, event, person))
    for own in found.values():
        own.sort(key=lambda fact: (fact.occurred_at, fact.sequence))
    return found


def _fact(told: Told, event: Mapping[str, Any], person: int) -> Fact:
    at = datetime.fromisoformat(event["time"]).astimezone(UTC)
    made = CloudEvent(
        subject=uuid5(_PEOPLE, str(person)),
        id=told.id,
        source=told.source,
        type=event["type"],
        time=at,
        received_at=at,
        agency=told.source.split(":")[2],
        touchpoint=json.dumps(event["data"]["touchpoint"]).encode(),
        sequence=int(event.get("sequence", 0)),
    )
    return read(made).fact


def main(arguments: Sequence[str] | None = None) -> None:
    """Play a city and print precision at 3, in all and by kind of journey."""
    given = _parser().parse_args(arguments)
    city = played(a_city(given.seed, given.people), given.events)
    found = list(moments(city, shipped()))
    if not found:
        sys.exit("the city is too small: no journey sets off a rule")
    print(
        f"seed {given.seed}, {given.people} people, {given.events} events, {len(city.journeys)} journeys"
    )
    print(f"precision at {AT}: {_shown(found)}")
    print(f"where the truth is not silent: {_shown([each for each in found if each.is_told])}")
    for kind in sorted({each.journey for each in found}):
        print(f"  {kind}: {_shown([each for each in found if each.journey == kind])}")


def _shown(found: Sequence[Moment]) -> str:
    if not found:
        return "no moments"
    proposed = sum(len(each.proposed) for each in found)
    return f"{precision(found):.3f} ({proposed} proposals at {len(found)} moments)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.precision", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--events", type=int, default=20_000)
    return parser


if __name__ == "__main__":
    main()
