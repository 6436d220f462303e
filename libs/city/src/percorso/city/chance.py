"""Draws that come out the same on every machine, for whoever names the same seed."""

import random
from bisect import bisect
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws of its own, seeded by names: nobody's draws move anybody else's.

    Only `random()` of the Mersenne Twister is used: its sequence is the one that Python keeps
    from version to version.
    """

    __slots__ = ("_draw",)

    def __init__(self, *names: object) -> None:
        digest = blake2b("/".join(map(str, names)).encode(), digest_size=16).digest()
        generator = random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - invented facts
        self._draw = generator.random

    def share(self) -> float:
        """Draw a part of a whole, from 0 to below 1."""
        return self._draw()

    def happens(self, probability: float) -> bool:
        """Say whether it happens this time."""
        return self._draw() < probability

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self._draw() * (high - low + 1))

    def amount(self, low: float, high: float) -> float:
        """Draw a number with one decimal."""
        return round(low + self._draw() * (high - low), 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one, all alike."""
        return choices[int(self._draw() * len(choices))]

    def among(self, choices: "Weighted[T]") -> T:
        """Draw one by its weight."""
        return choices.at(self._draw())


class Weighted(Generic[T]):
    """Choices with weights, summed up once."""

    __slots__ = ("_sums", "choices")

    def __init__(self, *weighted: tuple[T, float]) -> None:
        self.choices = tuple(choice for choice, _ in weighted)
        self._sums = list(accumulate(weight for _, weight in weighted))

    def at(self, share: float) -> T:
        """Give the choice in whose share of the whole, from 0 to below 1, this one falls."""
        return self.choices[bisect(self._sums, share * self._sums[-1], 0, len(self.choices) - 1)]
