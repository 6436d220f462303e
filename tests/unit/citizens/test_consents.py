"""What consents allow, compared with a plain reading of the rule, and how they travel."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.citizens.consents.facts import ConsentState, from_fact, hold, to_fact
from percorso.events.errors import Reason, Unprocessable
from tests.support.events import a_subject

NOW = datetime(2026, 5, 4, tzinfo=UTC)
STATES = st.lists(
    st.builds(
        ConsentState,
        subject=st.sampled_from([a_subject(number) for number in range(3)]),
        purpose=st.just("proactive-suggestions"),
        channel=st.sampled_from(["any", "email", "inbox"]),
        version=st.integers(1, 3),
        is_given=st.booleans(),
        decided_at=st.integers(0, 3).map(lambda days: NOW + timedelta(days=days)),
    ),
    max_size=6,
)


def a_consent(**changes: object) -> ConsentState:
    state = ConsentState(a_subject(1), "proactive-suggestions", "any", 1, True, NOW)  # noqa: FBT003
    return msgspec.structs.replace(state, **changes)


@given(STATES)
def test_the_last_decision_of_the_channel_counts_then_that_of_any(
    states: list[ConsentState],
) -> None:
    relevant = [each for each in states if each.channel == "email"]
    relevant = relevant or [each for each in states if each.channel == "any"]
    newest = max((each.decided_at for each in relevant), default=None)
    last = [each.is_given for each in relevant if each.decided_at == newest]

    assert hold(states, "email") == (bool(last) and all(last))


@pytest.mark.parametrize("is_given", [True, False])
def test_a_consent_travels(is_given: bool) -> None:  # noqa: FBT001
    state = a_consent(is_given=is_given)

    assert from_fact(to_fact(state, None)) == state


def test_a_consent_of_another_key_is_refused() -> None:
    fact = to_fact(a_consent(subject=UUID(int=1)), None)
    moved = msgspec.structs.replace(fact, key=to_fact(a_consent(), None).key)

    with pytest.raises(Unprocessable) as refused:
        from_fact(moved)

    assert refused.value.reason is Reason.WRONG_KEY
