"""The links of a run: what the ledger says of them, what the topic holds, and who is one citizen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from tests.chaos import checks
from tests.chaos.checks import Verdict, verdict
from tests.chaos.ledger import Claimed, Decided, Entry
from tests.chaos.poison import TopicRecord
from tests.chaos.sender import TRY_AGAIN
from tests.chaos.subjects import persons

MOST_SUBJECTS = 50  # of one citizen (contract, section 6)
SAID, UNDONE, CONFLICT = 201, 204, 409
KEY_PREFIX = b"link/"

Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request about a link and what came back."""

    asked: Claimed
    answer: Decided

    @property
    def pair(self) -> Pair:
        """The two subjects."""
        return frozenset(self.asked.subjects)

    @property
    def is_unknown(self) -> bool:
        """Whether it may have been done or not."""
        return self.answer.status is None or self.answer.status in TRY_AGAIN


@dataclass(frozen=True, slots=True)
class Kept:
    """A link as identity's topic has it in the end."""

    pair: Pair
    is_live: bool


@dataclass(slots=True)
class LinkAccount:
    """Every exchange in order, and what it made of the links.

    `said` are the links that were answered; `undone` those of them whose removal was answered;
    of `perhaps_undone` it was only asked. `perhaps_said` counts, by pair, the requests without
    an answer: each may have made a link.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    said: dict[str, Pair] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    perhaps_undone: set[str] = field(default_factory=set)
    perhaps_said: Counter[Pair] = field(default_factory=Counter)

    def ever(self) -> "Sets":
        """Return who was perhaps one citizen at some time."""
        return Sets([*self.said.values(), *self.perhaps_said])


class Sets:
    """Who is one citizen, if these links live."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._neighbours: dict[str, set[str]] = defaultdict(set)
        for one, other in map(sorted, pairs):
            self._neighbours[one].add(other)
            self._neighbours[other].add(one)

    def of(self, subject: str) -> frozenset[str]:
        """Return all subjects of the citizen whom this one is."""
        found, waiting = {subject}, [subject]
        while waiting:
            new = self._neighbours.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return frozenset(found)

    def all(self) -> set[frozenset[str]]:
        """Return every set of more than one."""
        return {self.of(subject) for subject in self._neighbours}


def account(entries: Iterable[Entry]) -> LinkAccount:
    """Settle the account."""
    links = LinkAccount()
    asked: dict[tuple[int, int], Claimed] = {}
    for entry in entries:
        if isinstance(entry, Claimed):
            asked[entry.request, entry.attempt] = entry
        elif isinstance(entry, Decided):
            links.exchanges.append(Exchange(asked[entry.request, entry.attempt], entry))
    for each in links.exchanges:
        _settle(links, each)
    links.perhaps_undone -= links.undone
    return links


def _settle(links: LinkAccount, exchange: Exchange) -> None:
    link_id = exchange.asked.link_id
    if link_id is None:
        if exchange.answer.link_id is not None:
            links.said[exchange.answer.link_id] = exchange.pair
        elif exchange.is_unknown:
            links.perhaps_said[exchange.pair] += 1
    elif exchange.answer.status == UNDONE:
        links.undone.add(link_id)
    elif exchange.is_unknown:
        links.perhaps_undone.add(link_id)


class _End(msgspec.Struct):
    subject: str


class _State(msgspec.Struct):
    link_id: str
    version: int
    ends: tuple[_End, _End]
    is_live: bool


def kept(facts: Iterable[TopicRecord], pseudonyms: Mapping[str, str]) -> dict[str, Kept]:
    """Return the last state of every link of the topic; ends that are nobody's keep their pseudonym."""
    latest: dict[str, _State] = {}
    for record in facts:
        if not (record.key or b"").startswith(KEY_PREFIX) or record.value is None:
            continue
        state = msgspec.json.decode(record.value, type=_State)
        if state.link_id not in latest or latest[state.link_id].version < state.version:
            latest[state.link_id] = state
    return {
        link_id: Kept(
            frozenset(pseudonyms.get(end.subject, end.subject) for end in state.ends),
            state.is_live,
        )
        for link_id, state in latest.items()
    }


def live(states: Mapping[str, Kept]) -> Sets:
    """Return who is one citizen by the links that live."""
    return Sets(state.pair for state in states.values() if state.is_live)


def judge(links: LinkAccount, states: Mapping[str, Kept]) -> Iterator[Verdict]:
    """Yield whether links are as they were answered, and the answers as they had to be."""
    said, undone = len(links.said), len(links.undone)
    conflicts = sum(each.answer.status == CONFLICT for each in links.exchanges)
    faults = [
        *_strange_answers(links),
        *_unlike_answers(links, states),
        *_unexplained(links, states),
    ]
    measured = f"{said} said, {undone} undone, {sum(links.perhaps_said.values())} perhaps said"
    yield verdict(checks.LINKS, faults, measured)
    yield verdict(checks.SAME_LINK, _not_the_same(links), f"{len(links.exchanges)} requests")
    yield verdict(checks.CONFLICTS, _unjustified(links), f"{conflicts} refused")


def _strange_answers(links: LinkAccount) -> Iterator[str]:
    for each in links.exchanges:
        right = {UNDONE} if each.asked.link_id else {SAID, CONFLICT}
        if not each.is_unknown and each.answer.status not in right:
            yield f"{'undoing' if each.asked.link_id else 'saying'} gave {each.answer.status}"


def _unlike_answers(links: LinkAccount, states: Mapping[str, Kept]) -> Iterator[str]:
    for link_id, pair in links.said.items():
        state = states.get(link_id)
        if state is None:
            yield f"link {link_id} is not in the topic"
        elif state.pair != pair:
            yield f"link {link_id} is about others"
        elif state.is_live and link_id in links.undone:
            yield f"link {link_id} was undone and lives"
        elif not state.is_live and link_id not in links.undone | links.perhaps_undone:
            yield f"link {link_id} is dead, and nobody undid it"


def _unexplained(links: LinkAccount, states: Mapping[str, Kept]) -> Iterator[str]:
    others = Counter(state.pair for link_id, state in states.items() if link_id not in links.said)
    for pair, times in others.items():
        if times > links.perhaps_said[pair]:
            yield f"{times} links that nobody was told of, {links.perhaps_said[pair]} asked"


def _not_the_same(links: LinkAccount) -> Iterator[str]:
    """Find claims that were made again while they held and got another link, or a dead one."""
    held: dict[object, str] = {}
    dead: set[str] = set()
    for each in links.exchanges:
        said = each.asked
        claim = (said.agency, said.reference, said.subjects)
        if said.link_id is not None:
            held.pop(claim, None)
            dead |= {said.link_id} if each.answer.status == UNDONE else set()
        elif link_id := each.answer.link_id:
            if held.setdefault(claim, link_id) != link_id:
                yield f"the same claim is {held[claim]} and {link_id}"
            if link_id in dead:
                yield f"link {link_id} was undone and is given again"


def _unjustified(links: LinkAccount) -> Iterator[str]:
    """Find claims that were refused though nothing stood against them at that time."""
    for each in links.exchanges:
        if each.answer.status == CONFLICT:
            possible = Sets(_possible(links, each))
            joined = possible.of(each.asked.subjects[0]) | possible.of(each.asked.subjects[1])
            if len(persons(joined)) < 2 and len(joined) <= MOST_SUBJECTS:
                yield f"request {each.asked.request} was refused for nothing"


def _possible(links: LinkAccount, then: Exchange) -> Iterator[Pair]:
    """Yield the links that may have lived while a request was decided."""
    gone = {
        each.asked.link_id
        for each in links.exchanges
        if each.answer.status == UNDONE and each.answer.at < then.asked.at
    }
    for each in links.exchanges:
        said = each.answer.link_id not in {None, *gone}
        is_earlier = each.asked.link_id is None and each.asked.at < then.answer.at
        if is_earlier and (said or each.is_unknown):
            yield each.pair


def judge_people(
    links: LinkAccount, states: Mapping[str, Kept], pages: Iterable[set[str]]
) -> Verdict:
    """Judge whether no two people were ever one: by answers, in the end, and on any page.

    `pages` are the subjects of which each page of a timeline showed something.
    """
    faults = [
        f"request {each.asked.request} joined two people"
        for each in links.exchanges
        if each.answer.status == SAID and len(persons(_certain(links, each).of(min(each.pair)))) > 1
    ]
    faults += [f"{len(each)} subjects" for each in live(states).all() if len(persons(each)) > 1]
    shown = list(pages)
    faults += [f"a page of {len(persons(each))} people" for each in shown if len(persons(each)) > 1]
    measured = f"{len(live(states).all())} citizens of several subjects, {len(shown)} pages"
    return verdict(checks.TWO_PEOPLE, faults, measured)


def _certain(links: LinkAccount, then: Exchange) -> Sets:
    """Return who was one citizen for certain when a claim was answered, with that claim."""
    asked_to_go = {each.asked.link_id for each in links.exchanges if each.asked.at < then.answer.at}
    return Sets(
        each.pair
        for each in links.exchanges
        if each.answer.link_id is not None
        and each.answer.at <= then.answer.at
        and each.answer.link_id not in asked_to_go
    )


def subjects_of_pages(
    pages: Sequence[int], ids: Sequence[str], subject_of: Mapping[str, str]
) -> Iterator[set[str]]:
    """Yield, page by page, of which subjects something was shown."""
    begin = 0
    for size in pages:
        yield {subject_of[event] for event in ids[begin : begin + size] if event in subject_of}
        begin += size
