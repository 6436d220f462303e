"""The chaos run's oracle sees what is wrong with links and with answers about them."""

from collections.abc import Sequence

import msgspec
import pytest

from tests.chaos import checks, links
from tests.chaos.ledger import Claimed, Decided, Entry
from tests.chaos.links import Kept
from tests.chaos.poison import TopicRecord

ANNA, BRUNO, WEB, MAIL = "cf:anna", "cf:bruno", "visitor:web", "email:family"
FIRST, SECOND = "link-1", "link-2"


class Talk:
    """Requests about links and their answers, a second each."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def say(self, *pair: str, status: int | None = 201, link: str | None = None) -> "Talk":
        one, other = pair
        return self._ask((one, other), None, status, link)

    def undo(self, *pair: str, link: str, status: int | None = 204) -> "Talk":
        one, other = pair
        return self._ask((one, other), link, status, None)

    def _ask(
        self, pair: tuple[str, str], undone: str | None, status: int | None, link: str | None
    ) -> "Talk":
        number = len(self.entries)
        asked = Claimed(float(number), number, 1, "c_a182", "login", pair, undone)
        answer = Decided(number + 0.5, number, 1, 0.5, status, link_id=link)
        self.entries += [asked, answer]
        return self


def failed(talk: Talk, *kept: tuple[str, Sequence[str], bool]) -> set[str]:
    linked = links.account(talk.entries)
    states = {link: Kept(frozenset(pair), is_live) for link, pair, is_live in kept}
    people = links.judge_people(linked, states, [])
    return {each.check for each in (*links.judge(linked, states), people) if not each.holds}


def said() -> Talk:
    return Talk().say(WEB, ANNA, link=FIRST)


def test_what_was_said_lives_and_what_was_undone_does_not() -> None:
    undone = said().undo(WEB, ANNA, link=FIRST).undo(WEB, ANNA, link=FIRST)

    assert failed(said(), (FIRST, [WEB, ANNA], True)) == set()
    assert failed(undone, (FIRST, [WEB, ANNA], False)) == set()
    assert failed(undone, (FIRST, [WEB, ANNA], True)) == {checks.LINKS}
    assert failed(said(), (FIRST, [WEB, ANNA], False)) == {checks.LINKS}
    assert failed(said(), (FIRST, [WEB, BRUNO], True)) == {checks.LINKS}
    assert failed(said()) == {checks.LINKS}


def test_what_is_of_unknown_outcome_may_live_or_not() -> None:
    unknown = Talk().say(WEB, ANNA, status=None)
    perhaps_undone = said().undo(WEB, ANNA, link=FIRST, status=503)

    assert failed(unknown) == failed(unknown, (FIRST, [WEB, ANNA], True)) == set()
    assert failed(unknown, (FIRST, [WEB, ANNA], True), (SECOND, [WEB, ANNA], True)) == {
        checks.LINKS
    }
    for is_live in (True, False):
        assert failed(perhaps_undone, (FIRST, [WEB, ANNA], is_live)) == set()


@pytest.mark.parametrize("status", [200, 403, 404, 422])
def test_other_answers_are_seen(status: int) -> None:
    assert failed(Talk().say(WEB, ANNA, status=status)) == {checks.LINKS}
    undoing = said().undo(WEB, ANNA, link=FIRST, status=status)
    assert failed(undoing, (FIRST, [WEB, ANNA], True)) == {checks.LINKS}


def test_a_claim_made_again_is_the_same_link_until_it_is_undone() -> None:
    both = [(FIRST, [WEB, ANNA], True), (SECOND, [WEB, ANNA], True)]
    undone = [(FIRST, [WEB, ANNA], False), (SECOND, [WEB, ANNA], True)]

    assert failed(said().say(WEB, ANNA, link=FIRST), both[0]) == set()
    assert failed(said().say(WEB, ANNA, link=SECOND), *both) == {checks.SAME_LINK}
    again = said().undo(WEB, ANNA, link=FIRST)
    assert failed(again.say(WEB, ANNA, link=SECOND), *undone) == set()
    dead = said().undo(WEB, ANNA, link=FIRST).say(WEB, ANNA, link=FIRST)
    assert checks.SAME_LINK in failed(dead, undone[0])


def test_two_people_are_one_neither_by_an_answer_nor_in_the_end() -> None:
    refused = said().say(WEB, BRUNO, status=409)
    joined = said().say(WEB, BRUNO, link=SECOND)

    assert failed(refused, (FIRST, [WEB, ANNA], True)) == set()
    assert failed(joined, (FIRST, [WEB, ANNA], True), (SECOND, [WEB, BRUNO], True)) == {
        checks.TWO_PEOPLE
    }


def test_two_people_may_follow_one_another() -> None:
    talk = said().undo(WEB, ANNA, link=FIRST).say(WEB, BRUNO, link=SECOND)

    assert failed(talk, (FIRST, [WEB, ANNA], False), (SECOND, [WEB, BRUNO], True)) == set()


def test_a_page_shows_one_person_and_things() -> None:
    linked = links.account([])

    assert links.judge_people(linked, {}, [{ANNA, WEB, MAIL}, {BRUNO}]).holds
    assert not links.judge_people(linked, {}, [{ANNA, BRUNO}]).holds


def test_a_claim_is_refused_only_if_something_stood_against_it() -> None:
    undone = said().undo(WEB, ANNA, link=FIRST).say(WEB, BRUNO, status=409)
    perhaps = said().undo(WEB, ANNA, link=FIRST, status=None).say(WEB, BRUNO, status=409)
    through_mail = said().say(MAIL, BRUNO, link=SECOND).say(WEB, MAIL, status=409)

    assert failed(Talk().say(WEB, ANNA, status=409)) == {checks.CONFLICTS}
    assert failed(undone, (FIRST, [WEB, ANNA], False)) == {checks.CONFLICTS}
    assert failed(perhaps, (FIRST, [WEB, ANNA], True)) == set()
    kept = (FIRST, [WEB, ANNA], True), (SECOND, [MAIL, BRUNO], True)
    assert failed(through_mail, *kept) == set()


def test_the_last_state_of_a_link_counts_whatever_the_order() -> None:
    states = [
        TopicRecord(0, b"link/x", state(version, is_live=is_live), ())
        for version, is_live in ((2, False), (1, True))
    ]
    other = TopicRecord(0, b"consent/x", b"{}", ())

    kept = links.kept([*states, other], {"s1": ANNA})

    assert kept == {"x": Kept(frozenset({ANNA, "s2"}), is_live=False)}


def state(version: int, *, is_live: bool) -> bytes:
    ends = [{"subject": "s1", "is_person": True}, {"subject": "s2", "is_person": False}]
    return msgspec.json.encode(
        {"link_id": "x", "version": version, "ends": ends, "is_live": is_live}
    )
