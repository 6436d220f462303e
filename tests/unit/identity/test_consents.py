"""What a decision makes of what was said before, and that every purpose is described."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from percorso.citizens.consents.facts import Channel, ConsentState, Purpose, counting
from percorso.identity.consents.decisions import Decision, decided
from percorso.identity.consents.purposes import PURPOSES, AnyPurpose
from tests.support.events import a_subject

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PURPOSE: Purpose = "proactive-suggestions"
SUBJECTS = [a_subject(number) for number in range(3)]
DECISIONS = st.builds(
    Decision,
    subject=st.sampled_from(SUBJECTS),
    purpose=st.just(PURPOSE),
    channel=st.sampled_from(["any", "email", "inbox"]),
    is_given=st.booleans(),
)
# The clock may stand still, and go back.
MOVES = st.integers(-2, 2).map(lambda hours: timedelta(hours=hours))
Key = tuple[UUID, str]


@given(st.lists(st.tuples(DECISIONS, MOVES), max_size=30))
def test_what_was_said_last_counts_and_every_new_word_has_the_next_version(
    said: list[tuple[Decision, timedelta]],
) -> None:
    states: dict[Key, ConsentState] = {}
    now = NOW

    for decision, move in said:
        now += move
        before = states.get((decision.subject, decision.channel))
        state = decided(states.values(), decision, now)
        if state is not None:
            assert state.version == (before.version if before else 0) + 1
            assert state.decided_at >= now
            states[decision.subject, decision.channel] = state
        counts = counting(
            (each for each in states.values() if each.channel == decision.channel),
            decision.channel,
        )
        kept = states[decision.subject, decision.channel]
        assert counts is not None
        assert counts.is_given == kept.is_given == decision.is_given
        assert decided(states.values(), decision, now) is None


def test_only_what_changes_something_is_a_decision() -> None:
    one, other = SUBJECTS[:2]
    said = Decision(one, PURPOSE, "email", is_given=True)
    first = decided([], said, NOW)
    assert first is not None
    withdrawn = decided([first], Decision(other, PURPOSE, "email", is_given=False), NOW)
    assert withdrawn is not None

    assert decided([first], said, NOW) is None
    again = decided([first, withdrawn], said, NOW)
    assert again is not None
    assert (again.version, again.is_given) == (2, True)
    assert again.decided_at > withdrawn.decided_at > first.decided_at


def test_every_purpose_is_described_and_those_without_a_law_are_those_of_consents() -> None:
    asked = {name for name, described in PURPOSES.items() if described.basis == "consent"}

    assert asked == set(get_args(Purpose))
    assert PURPOSES.keys() == set(get_args(AnyPurpose))
    assert "any" in get_args(Channel)
    for described in PURPOSES.values():
        assert described.version >= 1
        assert all(described.text)
        assert described.law is None or all(described.law)
