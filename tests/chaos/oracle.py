"""The oracle: compares what the ledger promises with the timelines as their citizens read them."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.chaos import checks
from tests.chaos.account import Account
from tests.chaos.checks import Verdict, verdict
from tests.chaos.citizens import AGENCY, SOURCE
from tests.chaos.ledger import Answered, Entry, Read, Sent
from tests.chaos.pages import Timeline
from tests.chaos.poison import TopicRecord

Items = Mapping[int, Sequence[Mapping[str, Any]]]  # by citizen, oldest first

HONESTY_MARGIN_S = 6.0  # 0 ms may be said for 5 s after an end was read (contract, section 7)


def judge_timelines(account: Account, timelines: Sequence[Timeline]) -> Iterator[Verdict]:
    """Yield what is wrong with the final timelines, which were read in both orders."""
    items: Items = {each.read.citizen: each.items for each in timelines if each.read.order == "asc"}
    shown = {citizen: [item["id"] for item in items[citizen]] for citizen in items}
    measured = f"{len(account.accepted_at)} accepted, {sum(map(len, shown.values()))} shown"
    yield verdict(checks.NONE_MISSING, _missing(account, shown), measured)
    yield verdict(checks.NONE_TWICE, _twice(shown))
    yield verdict(
        checks.NONE_REFUSED, _strangers(account, shown), f"{len(account.refused)} refused"
    )
    yield verdict(checks.OWNERS, _of_others(account, items))
    yield verdict(checks.ORDER, [*_disorder(account, shown), *_unlike(timelines)])
    yield verdict(checks.CONTENT, _changed(account, items))
    hidden = [event for ids in shown for event in hidden_from(account, shown[ids], ids)]
    yield verdict(checks.WITHDRAWN, _uncovered(account, shown), f"{len(hidden)} hidden")


def hidden_from(account: Account, shown: Iterable[str], citizen: int) -> set[str]:
    """Return what the citizen's accepted withdrawals hide, and those that turned up unasked."""
    withdrawals = account.of(citizen, account.accepted_at) | (set(shown) & account.unknown)
    about = (account.made[event].withdraws for event in withdrawals if event in account.made)
    return {event for event in about if event is not None}


def _missing(account: Account, shown: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for citizen, ids in shown.items():
        due = account.of(citizen, account.accepted_at) - hidden_from(account, ids, citizen)
        yield from (f"{event} of citizen {citizen}" for event in sorted(due - set(ids)))


def _twice(shown: Mapping[int, Sequence[str]]) -> Iterator[str]:
    count = Counter(event for ids in shown.values() for event in ids)
    yield from (f"{event} {times} times" for event, times in count.items() if times > 1)


def _strangers(account: Account, shown: Mapping[int, Sequence[str]]) -> Iterator[str]:
    allowed = account.accepted_at.keys() | account.unknown
    for citizen, ids in shown.items():
        yield from (f"{event} at citizen {citizen}" for event in ids if event not in allowed)


def _of_others(account: Account, items: Items) -> Iterator[str]:
    for citizen, own in items.items():
        for item in own:
            made = account.made.get(item["id"])
            if made is None or made.citizen != citizen or item["matter"] != f"owner-{citizen}":
                yield f"{item['id']} at citizen {citizen}"


def _disorder(account: Account, shown: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for citizen, ids in shown.items():
        known = [event for event in ids if event in account.made]
        if known != account.in_order(known):
            yield f"citizen {citizen}"


def _unlike(timelines: Sequence[Timeline]) -> Iterator[str]:
    read: dict[int, dict[str, list[str]]] = {}
    for each in timelines:
        read.setdefault(each.read.citizen, {})[each.read.order] = each.read.ids
    for citizen, orders in read.items():
        if orders["asc"] != orders["desc"][::-1]:
            yield f"citizen {citizen} has another timeline backwards"


def _changed(account: Account, items: Items) -> Iterator[str]:
    for item in (item for own in items.values() for item in own):
        made = account.made.get(item["id"])
        if made is not None:
            sent = (SOURCE, made.type, AGENCY, made.time, made.touchpoint)
            occurred_at = datetime.fromisoformat(item["occurred_at"])
            shown = (item["source"], item["type"], item["agency"], occurred_at, item["touchpoint"])
            if sent != shown:
                yield made.id


def _uncovered(account: Account, shown: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for citizen, ids in shown.items():
        yield from sorted(hidden_from(account, ids, citizen) & set(ids))


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


def judge_pages(account: Account) -> Iterator[Verdict]:
    """Yield what was wrong with what readers saw while the load ran."""
    faults = [*_repeated_or_misplaced(account), *_lost_on_the_way(account)]
    pagings = [read for read in account.reads if read.limit < len(read.ids)]
    yield verdict(checks.PAGES, faults, f"{len(account.reads)} reads, {len(pagings)} of many pages")
    judged = [read for read in account.reads if read.freshness_ms is not None]
    yield verdict(checks.FRESHNESS, _too_good(account, judged), f"{len(judged)} reads")


def _repeated_or_misplaced(account: Account) -> Iterator[str]:
    for read in account.reads:
        known = [event for event in read.ids if event in account.made]
        due = account.in_order(known)
        if len(set(read.ids)) < len(read.ids):
            yield f"an item twice in one paging of citizen {read.citizen}"
        elif known != (due if read.order == "asc" else due[::-1]):
            yield f"disorder in one paging of citizen {read.citizen}"


def _lost_on_the_way(account: Account) -> Iterator[str]:
    """Find items that one reading had, and that another, begun after it had ended, skipped."""
    withdrawn = {made.withdraws for made in account.made.values() if made.withdraws}
    for citizen in {read.citizen for read in account.reads}:
        own = [read for read in account.reads if read.citizen == citizen]
        ended = deque(sorted(own, key=lambda read: read.ended_at))
        seen: set[str] = set()
        for read in sorted(own, key=lambda read: read.at):
            while ended[0].ended_at < read.at:
                seen.update(ended.popleft().ids)
            if lost := seen - set(read.ids) - withdrawn:
                yield f"citizen {citizen}: {min(lost)}"


def _too_good(account: Account, reads: Iterable[Read]) -> Iterator[str]:
    withdrawn = {made.withdraws for made in account.made.values() if made.withdraws}
    for read in reads:
        until = read.at - (read.freshness_ms or 0) / 1_000 - HONESTY_MARGIN_S
        due = {
            event
            for event in account.of(read.citizen, account.accepted_at)
            if account.accepted_at[event] < until
        }
        if lacking := due - withdrawn - set(read.ids):
            yield f"{read.freshness_ms} ms, yet citizen {read.citizen} lacked {min(lacking)}"


def judge_topic(account: Account, topic: Iterable[TopicRecord], *, touchpoints: int) -> Verdict:
    """Judge what lies in the topic, and that journey counts exactly those events."""
    stored = {record.id for record in topic if record.planted is None}
    faults = [f"{event} is not in it" for event in sorted(account.accepted_at.keys() - stored)]
    strangers = stored - account.accepted_at.keys() - account.unknown
    faults += [f"{event} is in it" for event in sorted(strangers)]
    if touchpoints != len(stored):
        faults.append(f"{touchpoints} touchpoints of {len(stored)} events")
    return verdict(checks.TOPIC, faults, f"{touchpoints} touchpoints")
