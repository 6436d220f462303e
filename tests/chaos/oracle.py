"""The oracle: compares what the ledger promises with the timelines as their citizens read them."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos import checks, links
from tests.chaos.account import Account
from tests.chaos.checks import Verdict, verdict
from tests.chaos.ledger import Answered, Entry, Made, Read, Sent
from tests.chaos.links import Sets
from tests.chaos.pages import Timeline
from tests.chaos.poison import TopicRecord

Items = Mapping[str, Sequence[Mapping[str, Any]]]  # by subject, oldest first

HONESTY_MARGIN_S = 6.0  # 0 ms may be said for 5 s after an end was read (contract, section 7)


class Model:
    """What every timeline has to be: the stored events of a citizen's subjects, less the withdrawn.

    `now` says who is one citizen in the end, `ever` who perhaps was at some time.
    """

    def __init__(self, account: Account, stored: Iterable[str], *, now: Sets, ever: Sets) -> None:
        self.account = account
        self.now = now
        self.ever = ever
        self._own = account.by_subject(stored)
        made = account.made
        self._hidden = {
            subject: {about for event in own if (about := made[event].withdraws) is not None}
            for subject, own in self._own.items()
        }

    def hidden(self, subject: str) -> set[str]:
        """Return what withdrawals of this subject hide."""
        return self._hidden.get(subject, set())

    def subjects(self) -> Iterable[str]:
        """Return every subject of whom something is stored."""
        return self._own.keys()

    def own(self, subject: str) -> set[str]:
        """Return what is to be shown of this subject alone."""
        return self._own.get(subject, set()) - self.hidden(subject)

    def linked(self, subject: str) -> set[str]:
        """Return what is to be shown of those that are one citizen with it."""
        others = self.now.of(subject) - {subject}
        return set().union(*map(self.own, others))


@dataclass(frozen=True, slots=True)
class _Shown:
    """One event more than there should be on a timeline."""

    subject: str
    event: str
    made: Made | None

    def __str__(self) -> str:
        return f"{self.event} at {scheme(self.subject)}"


def judge_timelines(model: Model, timelines: Sequence[Timeline]) -> Iterator[Verdict]:
    """Yield what is wrong with the final timelines, which were read in both orders."""
    account = model.account
    items: Items = {each.read.subject: each.items for each in timelines if each.read.order == "asc"}
    shown = {subject: [item["id"] for item in items[subject]] for subject in items}
    measured = f"{len(account.accepted_at)} accepted, {sum(map(len, shown.values()))} shown"
    yield verdict(checks.NONE_MISSING, _missing(model.own, shown), measured)
    yield verdict(checks.NONE_TWICE, _twice(shown))
    yield from _judge_linked(model, shown)
    yield from _judge_strangers(model, shown)
    yield verdict(checks.ORDER, [*_disorder(account, shown), *_unlike(timelines)])
    yield verdict(checks.CONTENT, _changed(account, items))


def _judge_linked(model: Model, shown: Mapping[str, Sequence[str]]) -> Iterator[Verdict]:
    sizes = [len(each) for each in model.now.all()]
    measured = f"{len(sizes)} citizens of up to {max(sizes, default=1)} subjects"
    yield verdict(checks.LINKED, _missing(model.linked, shown), measured)


def _judge_strangers(model: Model, shown: Mapping[str, Sequence[str]]) -> Iterator[Verdict]:
    """Yield why each event that is too many on a timeline should not be there."""
    by_check: dict[str, list[str]] = {}
    for each in _too_many(model, shown):
        by_check.setdefault(_reason(model, each), []).append(str(each))
    hidden = sum(len(model.hidden(subject)) for subject in shown)
    parted = sum(model.ever.of(each) != model.now.of(each) for each in shown)
    measured = {
        checks.NONE_REFUSED: f"{len(model.account.refused)} refused",
        checks.WITHDRAWN: f"{hidden} hidden",
        checks.UNLINKED: f"{parted} subjects were perhaps linked with more",
    }
    for check in (checks.NONE_REFUSED, checks.WITHDRAWN, checks.UNLINKED, checks.OWNERS):
        yield verdict(check, by_check.get(check, []), measured.get(check, ""))


def _too_many(model: Model, shown: Mapping[str, Sequence[str]]) -> Iterator[_Shown]:
    for subject, ids in shown.items():
        for event in sorted(set(ids) - model.own(subject) - model.linked(subject)):
            yield _Shown(subject, event, model.account.made.get(event))


def _reason(model: Model, too_many: _Shown) -> str:
    """Return the check that an event too many fails."""
    made, event = too_many.made, too_many.event
    if made is None or event in model.account.refused:
        return checks.NONE_REFUSED
    if made.subject not in model.ever.of(too_many.subject):
        return checks.OWNERS
    if made.subject not in model.now.of(too_many.subject):
        return checks.UNLINKED
    return checks.WITHDRAWN if event in model.hidden(made.subject) else checks.NONE_REFUSED


def scheme(subject: str) -> str:
    """Return what a report may say of a subject."""
    return subject.partition(":")[0]


def _missing(due: Callable[[str], set[str]], shown: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for subject, ids in shown.items():
        yield from (f"{event} at {scheme(subject)}" for event in sorted(due(subject) - set(ids)))


def _twice(shown: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for ids in shown.values():
        count = Counter(ids)
        yield from (f"{event} {times} times" for event, times in count.items() if times > 1)


def _disorder(account: Account, shown: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for subject, ids in shown.items():
        known = [event for event in ids if event in account.made]
        if known != account.in_order(known):
            yield f"of a {scheme(subject)}"


def _unlike(timelines: Sequence[Timeline]) -> Iterator[str]:
    read: dict[str, dict[str, list[str]]] = {}
    for each in timelines:
        read.setdefault(each.read.subject, {})[each.read.order] = each.read.ids
    for subject, orders in read.items():
        if orders["asc"] != orders["desc"][::-1]:
            yield f"a {scheme(subject)} has another timeline backwards"


def _changed(account: Account, items: Items) -> Iterator[str]:
    for item in (item for own in items.values() for item in own):
        made = account.made.get(item["id"])
        if made is not None:
            agency = made.source.split(":")[2]
            sent = (made.source, made.type, agency, made.time, made.touchpoint)
            occurred_at = datetime.fromisoformat(item["occurred_at"])
            shown = (item["source"], item["type"], item["agency"], occurred_at, item["touchpoint"])
            if sent != shown:
                yield made.id


def judge_answers(account: Account, entries: Iterable[Entry]) -> Verdict:
    """Judge whether each answer accounts for all events, takes the valid and refuses the rest."""
    faults = [
        f"{event} is valid" for event in sorted(account.refused) if account.made[event].is_valid
    ]
    faults += [
        f"{event} is malformed" for event in account.accepted_at if not account.made[event].is_valid
    ]
    sent = {(each.request, each.attempt): each for each in entries if isinstance(each, Sent)}
    answers = [each for each in entries if isinstance(each, Answered) and each.status == 202]
    for answer in answers:
        count = len(sent[answer.request, answer.attempt].ids)
        if answer.accepted + len(answer.refused) != count:
            faults.append(f"request {answer.request}: {answer.accepted} of {count}")
    return verdict(checks.ANSWERS, faults, f"{len(answers)} of 202")


def judge_pages(account: Account, ever: Sets) -> Iterator[Verdict]:
    """Yield what was wrong with what readers saw while the load ran and links came and went."""
    faults = [
        *_repeated_or_misplaced(account),
        *_lost_on_the_way(account),
        *_of_others(account, ever),
    ]
    pagings = [read for read in account.reads if read.limit < len(read.ids)]
    yield verdict(checks.PAGES, faults, f"{len(account.reads)} reads, {len(pagings)} of many pages")
    judged = [read for read in account.reads if read.freshness_ms is not None]
    yield verdict(checks.FRESHNESS, _too_good(account, judged), f"{len(judged)} reads")


def pages(account: Account) -> Iterator[set[str]]:
    """Yield for each page that was read of which subjects it showed something."""
    subject_of = {event: made.subject for event, made in account.made.items()}
    for read in account.reads:
        yield from links.subjects_of_pages(read.pages, read.ids, subject_of)


def _repeated_or_misplaced(account: Account) -> Iterator[str]:
    for read in account.reads:
        known = [event for event in read.ids if event in account.made]
        due = account.in_order(known)
        if len(set(read.ids)) < len(read.ids):
            yield f"an item twice in one paging of a {scheme(read.subject)}"
        elif known != (due if read.order == "asc" else due[::-1]):
            yield f"disorder in one paging of a {scheme(read.subject)}"


def _of_others(account: Account, ever: Sets) -> Iterator[str]:
    """Find events of subjects that never were one citizen with the reader's."""
    for read in account.reads:
        own = ever.of(read.subject)
        for event in read.ids:
            if event in account.made and account.made[event].subject not in own:
                yield f"{event} was shown to a {scheme(read.subject)}"


def _lost_on_the_way(account: Account) -> Iterator[str]:
    """Find items that one reading had, and that another, begun after it had ended, skipped.

    Only those of the reader's own subject: others come and go with their links.
    """
    withdrawn = {made.withdraws for made in account.made.values() if made.withdraws}
    for subject in {read.subject for read in account.reads}:
        own = [read for read in account.reads if read.subject == subject]
        ended = deque(sorted(own, key=lambda read: read.ended_at))
        seen: set[str] = set()
        for read in sorted(own, key=lambda read: read.at):
            while ended[0].ended_at < read.at:
                seen |= account.by_subject(set(ended.popleft().ids) & account.made.keys())[subject]
            if lost := seen - set(read.ids) - withdrawn:
                yield f"a {scheme(subject)}: {min(lost)}"


def _too_good(account: Account, reads: Iterable[Read]) -> Iterator[str]:
    withdrawn = {made.withdraws for made in account.made.values() if made.withdraws}
    accepted = account.by_subject(account.accepted_at)
    for read in reads:
        until = read.at - (read.freshness_ms or 0) / 1_000 - HONESTY_MARGIN_S
        due = {event for event in accepted[read.subject] if account.accepted_at[event] < until}
        if lacking := due - withdrawn - set(read.ids):
            yield f"{read.freshness_ms} ms, yet a {scheme(read.subject)} lacked {min(lacking)}"


def judge_topic(account: Account, topic: Iterable[TopicRecord], *, touchpoints: int) -> Verdict:
    """Judge what lies in the topic, and that journey counts exactly those events."""
    stored = {record.id for record in topic if record.planted is None}
    faults = [f"{event} is not in it" for event in sorted(account.accepted_at.keys() - stored)]
    strangers = stored - account.accepted_at.keys() - account.unknown
    faults += [f"{event} is in it" for event in sorted(strangers)]
    if touchpoints != len(stored):
        faults.append(f"{touchpoints} touchpoints of {len(stored)} events")
    return verdict(checks.TOPIC, faults, f"{touchpoints} touchpoints")
