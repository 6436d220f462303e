"""Logarithmic buckets of durations in milliseconds, and quantiles read from them; pure."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from math import ceil, sqrt

# Eight buckets from each power of two to the next: twice as many would halve the error, and with
# it name moments more closely than anybody looks at a clock when a queue or a matter begins.
STEPS = 8
_FINE_MS = 64  # below, a step is of a few milliseconds: each of them is a bucket of its own
_OCTAVES = 49  # 2^49 ms are longer than from the first to the last instant that a datetime holds

# Where each bucket begins, in whole milliseconds; it ends before the next one.
BOUNDS = tuple(
    sorted({*range(_FINE_MS)} | {ceil(2 ** (step / STEPS)) for step in range(_OCTAVES * STEPS)})
)
_LAST = {begin: end - 1 for begin, end in pairwise(BOUNDS)}
_MIDDLE = {begin: round(sqrt(begin * last)) for begin, last in _LAST.items()}

# How far a quantile may be from the true one, as a part of the true one.
ERROR = max(
    abs(_MIDDLE[begin] - true) / true
    for begin, last in _LAST.items()
    for true in (begin, last)
    if true
)


def bucket(duration_ms: int) -> str:
    """Return the bucket of a duration, by the milliseconds at which it begins."""
    return str(BOUNDS[bisect_right(BOUNDS, duration_ms) - 1])


def quantile(counts: Mapping[str, int], share: float) -> int:
    """Return the duration that `share` of them do not exceed, within `ERROR`; ValueError of none.

    The true one is the shortest recorded duration that this share does not exceed.
    """
    rank = max(1, ceil(share * sum(counts.values())))
    for begin, count in sorted((int(begin), count) for begin, count in counts.items()):
        rank -= count
        if rank <= 0:
            return _MIDDLE[begin]
    raise ValueError("there is no duration")
