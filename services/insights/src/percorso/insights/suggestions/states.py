"""The states of a suggestion, and how what the citizen does moves it on; pure."""

from enum import StrEnum


class State(StrEnum):
    """Where a suggestion stands, in the order in which it moves; never backwards.

    The first three are open: `later` is shown again after a while. `expired` and `withdrawn` are
    not moves: the first is a matter of time, the second holds while the grounds do not.
    """

    OPEN = "open"
    SHOWN = "shown"
    LATER = "later"
    FOLLOWED = "followed"
    DISMISSED = "dismissed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Reaction(StrEnum):
    """What a citizen does with a suggestion."""

    SHOWN = "shown"
    LATER = "later"
    FOLLOWED = "followed"
    DISMISSED = "dismissed"


OPEN = frozenset({State.OPEN, State.SHOWN, State.LATER})
_RANK = {State.OPEN: 0, State.SHOWN: 1, State.LATER: 2}


def after(state: State, reaction: Reaction) -> State:
    """Return where a reaction leads: onwards, or nowhere from a state that is not open."""
    wanted = State(reaction)
    if state not in OPEN or (wanted in OPEN and _RANK[wanted] < _RANK[state]):
        return state
    return wanted
