"""Our codes and their labels are those of the Italian controlled vocabularies."""

import csv
from collections.abc import Mapping
from typing import get_args

from percorso.events.vocabularies import CHANNELS, LIFE_EVENTS, Channel, LifeEvent
from tests.support.shared import shared


def test_every_code_has_a_label() -> None:
    assert tuple(CHANNELS) == get_args(Channel)
    assert tuple(LIFE_EVENTS) == get_args(LifeEvent)


def test_channels_are_every_code_of_every_level() -> None:
    published: dict[str, str] = {}
    for row in _rows("channel.csv"):
        for level in (1, 2, 3):
            published[row[f"codice_{level}_livello"]] = row[f"label_ita_{level}_livello"].strip()

    assert {code: label for code, label in published.items() if code} == CHANNELS


def test_life_events_are_those_of_the_vocabulary() -> None:
    published = {
        str(int(float(row["codice_1_livello"]))): row["label_ita_1_livello"]
        for row in _rows("life-event.csv")
    }

    assert published == LIFE_EVENTS


def _rows(name: str) -> list[Mapping[str, str]]:
    """Read a vocabulary; some of its columns begin with a capital, some do not."""
    with shared("vocabularies", name).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    return [dict(zip(map(str.lower, head), row, strict=True)) for row in rows]
