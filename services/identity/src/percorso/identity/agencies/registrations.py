"""Registrations: what is known of an agency, and the form of its code and sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# Codes of the Italian index of public administrations, in lower case: c_a182, m_lps.
CODE_PATTERN = "^[a-z0-9_]{2,32}$"
# CloudEvents' `source` is a URI reference, so ASCII; three characters, that none owns the world.
SOURCE_PATTERN = "^[!-~]{3,256}$"


@dataclass(frozen=True, slots=True)
class Agency:
    """A registered agency; it owns every source that begins with one of `sources`."""

    code: str
    links: bool
    sources: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """What is asked: an agency, more sources for it, the right to assert links."""

    code: str
    sources: Sequence[str]
    links: bool


class SourceTaken(Exception):
    """A source begins with, or is the beginning of, one that another agency owns."""


def overlap(one: str, other: str) -> bool:
    """Whether some source would belong to both prefixes."""
    return one.startswith(other) or other.startswith(one)


def check_free(sources: Iterable[str], owned_by_others: Iterable[str]) -> None:
    """Raise SourceTaken when a source overlaps with one that is owned already."""
    owned = tuple(owned_by_others)
    if any(overlap(source, taken) for source in sources for taken in owned):
        raise SourceTaken
