"""The account of a run: what the ledger says became of every event, by plain dicts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from tests.chaos.ledger import Answered, Entry, GivenUp, Made, Read, Sent
from tests.chaos.sender import TRY_AGAIN


@dataclass(slots=True)
class Account:
    """Every event by its id, and what was answered.

    `accepted_at` holds the first 202 of each accepted event. `unknown` were sent, and never
    answered for certain: they may be there or not, and the topic tells.
    """

    made: dict[str, Made] = field(default_factory=dict)
    accepted_at: dict[str, float] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    reads: list[Read] = field(default_factory=list)
    unsettled: int = 0
    sent: int = 0

    def by_subject(self, ids: Iterable[str]) -> Mapping[str, set[str]]:
        """Part events by whose they are."""
        parts: dict[str, set[str]] = defaultdict(set)
        for event in ids:
            parts[self.made[event].subject].add(event)
        return parts

    def stored(self, topic: Iterable[str]) -> set[str]:
        """Return which events there are: what was accepted, and of the rest what the topic has."""
        return set(self.accepted_at) | (set(topic) & self.unknown)

    def in_order(self, ids: Iterable[str]) -> list[str]:
        """Sort events as a timeline must have them, oldest first."""
        return sorted(ids, key=lambda event: place(self.made[event]))


def place(made: Made) -> tuple[datetime, int, bytes]:
    """Return where an event stands: time, sequence, then 128 bits of a hash of its identity."""
    key = sha256(f"{made.source}\0{made.id}".encode()).digest()[:16]
    return made.time, made.sequence, key


def of(entries: Sequence[Entry]) -> Account:
    """Settle the account."""
    account = Account()
    sent: dict[tuple[int, int], Sent] = {}
    for entry in entries:
        match entry:
            case Made():
                account.made[entry.id] = entry
            case Sent():
                sent[entry.request, entry.attempt] = entry
                account.sent += len(entry.ids)
            case Answered():
                _settle(account, sent[entry.request, entry.attempt], entry)
            case Read():
                account.reads.append(entry)
            case GivenUp(on_purpose=False):
                account.unsettled += 1
    account.unknown -= account.accepted_at.keys() | account.refused
    account.refused -= account.accepted_at.keys()
    return account


def _settle(account: Account, sent: Sent, answered: Answered) -> None:
    if not sent.stores:
        return
    if answered.status is None or answered.status in TRY_AGAIN:
        account.unknown.update(sent.ids)
        return
    listed = {sent.ids[index] for index in answered.refused}
    refused = listed if answered.status == 202 else set(sent.ids)
    account.refused |= refused
    for event in set(sent.ids) - refused:
        account.accepted_at.setdefault(event, answered.at)
