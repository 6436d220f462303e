"""The parents of a run: people of whom a birth is reported, and whether they may be told something.

They are nobody of the city's: what the loop makes of their births is judged by a model of its own.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

import httpx
import msgspec

from percorso.city.city import City
from tests.chaos import malformed
from tests.chaos.callers import TIMEOUT_S, Callers, bearer
from tests.chaos.ledger import Made
from tests.chaos.load import Request
from tests.chaos.sender import Sender
from tests.chaos.stack import Stack
from tests.chaos.subjects import AGENCY, RATES, SOURCE, START, Subject

BORN = "eu.percorso.birth.registered.v1"
PEOPLE = 15
OTHER_CITY = 500_000  # added to the seed: whose people nobody else writes of
FIRST_REQUEST = 1_000_000  # of numbers that the load never comes to


class Answer(StrEnum):
    """What a parent said to being told of services."""

    YES = "yes"
    NOTHING = "nothing"
    WITHDRAWN = "yes, and then no"


@dataclass(frozen=True, slots=True)
class Parent:
    """A person with a mailbox."""

    subject: Subject
    address: str
    answer: Answer

    @property
    def mailbox(self) -> Subject:
        """The address as an identifier, which is a canary too."""
        return Subject("email", self.address)


def of_seed(seed: int) -> list[Parent]:
    """Return the parents of a run; a third of them gave no consent, a third took it back."""
    people = City(OTHER_CITY + seed, PEOPLE, start=START, rates=RATES).people
    answers = list(Answer)
    return [
        Parent(
            Subject("cf", person.fiscal_code),
            f"parent{number}.{seed}@percorso.example",
            answers[number % len(answers)],
        )
        for number, person in enumerate(people)
    ]


async def settle_in(stack: Stack, called: Callers, parents: Sequence[Parent]) -> None:
    """Have each parent leave an address and say what they allow, while all is well."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        for parent in parents:
            for url, body in _wishes(stack, parent):
                token = called.citizens[parent.subject.name]
                (await client.put(url, json=body, headers=bearer(token))).raise_for_status()


def _wishes(stack: Stack, parent: Parent) -> Iterator[tuple[str, dict[str, Any]]]:
    identity, notifications = (stack.addresses[name] for name in ("identity", "notifications"))
    consent = f"{identity}/v1/consents/me/proactive-suggestions/any"
    yield f"{notifications}/v1/preferences/me", {"quiet_hours": None}
    yield f"{identity}/v1/contacts/me", {"email": parent.address, "phone": None}
    if parent.answer is not Answer.NOTHING:
        yield consent, {"given": True}
    if parent.answer is Answer.WITHDRAWN:
        yield consent, {"given": False}


async def give_birth(sender: Sender, parents: Sequence[Parent], seed: int, seconds: float) -> None:
    """Report a birth of each at an instant of the run, until the door has taken it."""
    random = Random(f"births {seed}")

    async def report(number: int, parent: Parent, at_s: float) -> None:
        await asyncio.sleep(at_s)
        await sender.send(_birth(number, parent))

    async with asyncio.TaskGroup() as tasks:
        for number, parent in enumerate(parents):
            tasks.create_task(report(number, parent, random.uniform(0, seconds)))


def _birth(number: int, parent: Parent) -> Request:
    time = datetime.now(UTC) - timedelta(seconds=1)
    touchpoint = {"channel": "01.1.1", "born_on": time.date().isoformat(), "order": 1}
    made = Made(
        f"birth-{number}", f"{SOURCE}:births", parent.subject.name, BORN, time, 0, touchpoint
    )
    event = {
        "specversion": "1.0",
        "id": made.id,
        "source": made.source,
        "type": made.type,
        "time": time.isoformat(),
        "data": {"citizen": parent.subject.identifier, "touchpoint": touchpoint},
    }
    return Request(
        number=FIRST_REQUEST + number,
        agency=AGENCY,
        headers={"Content-Type": malformed.SINGLE},
        body=msgspec.json.encode(event),
        ids=[made.id],
        made=[made],
    )
