"""The errors of reading and carrying events.

EventError
  Unprocessable   this event never will work: it becomes a dead letter
  Unavailable     a part we need is away: wait and try again, never a dead letter
    QueueFull     our own bounded queue is full: the caller must slow down
  Fenced          another worker owns this partition now: drop the batch in hand
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why an event cannot be applied; a closed list, shown to operators, never an error's text."""

    NULL_VALUE = "null_value"
    TOO_LARGE = "too_large"
    WRONG_KEY = "wrong_key"
    MISSING_ATTRIBUTE = "missing_attribute"
    INVALID_ATTRIBUTE = "invalid_attribute"
    UNKNOWN_VERSION = "unknown_version"
    UNREADABLE_VALUE = "unreadable_value"
    INVALID_TOUCHPOINT = "invalid_touchpoint"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    REJECTED_BY_STORE = "rejected_by_store"
    ID_REUSED = "id_reused"


class EventError(Exception):
    """Anything that goes wrong while events are read or carried."""


class Unprocessable(EventError):
    """The event never will work."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Unavailable(EventError):
    """A part we need is away; try again later."""


class QueueFull(Unavailable):
    """The bounded queue is full; try again later."""


class Fenced(EventError):
    """Another worker owns this partition now."""
