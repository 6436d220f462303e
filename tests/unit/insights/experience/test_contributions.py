"""What facts add to metrics: by hand for each family, and as laws over random histories."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.events.catalogue import CATALOGUE
from percorso.events.envelope import CloudEvent
from percorso.insights.experience.contributions import contributions, difference, matters, rows
from percorso.insights.experience.definitions import FAMILIES, METRICS
from percorso.insights.facts.rows import Change, Fact, read
from tests.support import experience
from tests.support.events import NOON
from tests.support.experience import a_contact, recount


def _facts(events: Iterable[CloudEvent]) -> list[Fact]:
    return [read(event).fact for event in events]


def _counted(metric: str, *events: CloudEvent) -> list[tuple[str, int]]:
    """Return bucket and value of what these add to one metric, in the order of their minutes."""
    found = contributions(_facts(events)).elements()
    return [(each.cell.bucket, each.value) for each in sorted(found) if each.cell.metric == metric]


def test_a_touchpoint_counts_by_the_first_word_of_its_type_where_and_when_it_was() -> None:
    event = a_contact(
        "desk.visited", minutes=1.5, service="tari", place={"area": "centro"}, waited_s=1
    )

    (cell,) = [c for c in contributions(_facts([event])) if c.cell.metric == "touchpoints"]

    minute = NOON + timedelta(minutes=1)
    assert cell == (("touchpoints", minute, "tari", "c_a182", "01.1.1", "centro", "desk"), 0)


def test_a_type_that_nobody_knows_counts_as_another_and_a_withdrawal_not_at_all() -> None:
    about = {"source": "urn:it:c_a182:anagrafe", "id": "9"}

    assert _counted("touchpoints", a_contact("unheard.of")) == [("other", 0)]
    assert _counted("touchpoints", a_contact("touchpoint.withdrawn", about=about)) == []


def test_a_channel_that_the_vocabulary_does_not_have_is_none() -> None:
    (found,) = contributions(_facts([a_contact("page.viewed", channel="99.9")]))

    assert found.cell.channel == ""


def test_a_wait_counts_in_whole_milliseconds() -> None:
    assert _counted("desk-wait", a_contact("desk.visited", waited_s=0.0506)) == [("51", 51)]
    assert _counted("phone-wait", a_contact("call.ended", waited_s=61)) == [("60097", 61_000)]


@pytest.mark.parametrize("waited_s", [None, "61", -1, 1e10, [], True])
def test_a_wait_that_is_none_does_not_count(waited_s: object) -> None:
    assert _counted("desk-wait", a_contact("desk.visited", waited_s=waited_s)) == []


def test_a_rating_counts_and_one_off_the_scale_does_not() -> None:
    events = [
        a_contact("feedback.given", str(n), rating=rating) for n, rating in enumerate([1, 5, 6, 0])
    ]

    assert _counted("satisfaction", *events) == [("1", 1), ("5", 5)]


def test_each_complaint_counts() -> None:
    assert _counted("complaints", a_contact("complaint.filed", complaint="R/1")) == [("", 0)]


def _matter(*kinds: str, channels: Iterable[str] = ()) -> list[CloudEvent]:
    """Return a matter's events, ten minutes apart, all on `01.1.1` unless channels are given."""
    taken = [*channels] or ["01.1.1"] * len(kinds)
    return [
        a_contact(kind, str(n), minutes=10 * n, matter="A/1", channel=channel)
        for n, (kind, channel) in enumerate(zip(kinds, taken, strict=True))
    ]


RECEIVED, CHARGED = "application.received", "application.taken-charge"


def test_taking_charge_is_timed_from_the_earliest_receipt_since_the_last_one() -> None:
    events = _matter(CHARGED, RECEIVED, RECEIVED, CHARGED, CHARGED, RECEIVED, CHARGED)

    assert [value for _, value in _counted("time-to-take-charge", *events)] == [1_200_000, 600_000]


def test_what_is_timed_counts_when_it_ends_and_under_the_channel_on_which_it_began() -> None:
    events = _matter(RECEIVED, CHARGED, channels=["04.1", "01.1.1"])

    (found,) = [c for c in contributions(_facts(events)) if c.cell.metric == "time-to-take-charge"]

    assert (found.cell.minute, found.cell.channel) == (NOON + timedelta(minutes=10), "04.1")


def test_the_first_response_is_the_first_act_after_the_first_request() -> None:
    events = _matter(
        "message.replied", "page.viewed", "post.received", RECEIVED, "message.replied", CHARGED
    )

    assert [value for _, value in _counted("first-response", *events)] == [1_200_000]


def test_matters_of_two_citizens_or_agencies_are_not_mixed() -> None:
    received, charged = _matter(RECEIVED, CHARGED)
    elsewhere = a_contact(CHARGED, "9", minutes=10, matter="A/1", agency="m_lps")

    assert _counted("time-to-take-charge", received, elsewhere) == []
    assert len(matters(_facts([received, charged, elsewhere]))) == 2


def test_going_on_elsewhere_is_a_switch_and_forced_where_the_step_before_led_nowhere() -> None:
    channels = ["02.1", "02.2", "03.2", "01.1.1", "02.1"]
    events = _matter(
        "page.viewed", "page.viewed", "call.ended", "payment.made", "desk.visited", channels=channels
    )  # fmt: skip
    search = a_contact("search.made", "s", minutes=45, matter="A/1", channel="02.1", results=0)
    call = a_contact("call.ended", "c", minutes=50, matter="A/1", channel="03.2", talked_s=0)
    visit = a_contact("desk.visited", "d", minutes=55, matter="A/1")

    assert _counted("channel-switches", *events) == [("free", 0), ("free", 0)]
    assert _counted("channel-switches", search, call, visit) == [("forced", 0), ("forced", 0)]


@pytest.mark.parametrize(("filled", "total", "kind"), [(2, 4, "forced"), (4, 4, "free")])
def test_a_form_left_unfinished_forces_a_switch(filled: int, total: int, kind: str) -> None:
    draft = a_contact("draft.saved", "1", matter="A/1", channel="02.2", filled=filled, total=total)
    visit = a_contact("desk.visited", "2", minutes=1, matter="A/1")

    assert _counted("channel-switches", draft, visit) == [(kind, 0)]


@settings(max_examples=40)
@given(experience.histories(), st.randoms(use_true_random=False))
def test_a_change_adds_what_the_facts_after_it_add_more_than_those_before(
    events: list[CloudEvent], chance: Random
) -> None:
    facts = _facts(events)
    before, after = (chance.sample(facts, chance.randrange(len(facts) + 1)) for _ in range(2))
    places = {fact.place for fact in before}, {fact.place for fact in after}
    change = Change(
        added=[fact for fact in after if fact.place not in places[0]],
        hidden=[fact for fact in before if fact.place not in places[1]],
    )
    touched = matters([*change.added, *change.hidden])
    loaded = [fact for unit, facts in matters(after).items() if unit in touched for fact in facts]

    changed = difference(change, loaded)

    expected = Counter(contributions(after))
    expected.subtract(contributions(before))
    assert rows(changed) == rows(expected)


@settings(max_examples=40)
@given(experience.histories())
def test_contributions_are_those_of_a_plain_recount(events: list[CloudEvent]) -> None:
    facts = [fact for fact in _facts(events) if not fact.type.endswith("withdrawn.v1")]

    counted = {tuple(row.cell): (row.times, row.total) for row in rows(contributions(facts))}

    assert counted == recount(event for event in events if "withdrawn" not in event.type)


def test_rows_come_in_the_order_of_their_key_and_none_that_adds_nothing() -> None:
    counts = contributions(_facts(_matter(RECEIVED, CHARGED, "desk.visited")))
    counts[next(iter(counts))] = 0

    found = [row.cell for row in rows(counts)]

    assert found == sorted(found)
    assert len(found) == len(counts) - 1


def test_every_metric_has_one_definition_in_two_languages() -> None:
    defined = [metric.name for family in FAMILIES for metric in family.metrics]

    assert sorted(defined) == sorted(METRICS)
    assert all(metric.it and metric.en and metric.it != metric.en for metric in METRICS.values())


@given(st.sampled_from(sorted(CATALOGUE)), st.dictionaries(
    st.sampled_from(["waited_s", "talked_s", "rating", "results", "filled", "total"]),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(), st.lists(st.integers())),
))  # fmt: skip
def test_no_value_that_came_past_the_door_stops_the_counting(
    name: str, members: dict[str, Any]
) -> None:
    kind = name.removeprefix("eu.percorso.").removesuffix(".v1")
    about = {"source": "urn:it:c_a182:anagrafe", "id": "9"}
    steps = [
        a_contact(kind, "1", matter="A/1", channel="02.1", about=about, **members),
        a_contact(kind, "2", matter="A/1", minutes=1, about=about, **members),
    ]

    assert rows(contributions(_facts(steps))) is not None
