"""Our codes are those of the Italian controlled vocabularies."""

import csv
from typing import get_args

from percorso.events.vocabularies import Channel, LifeEvent
from tests.support.shared import shared


def test_channels_are_every_code_of_every_level() -> None:
    with shared("vocabularies", "channel.csv").open(encoding="utf-8", newline="") as file:
        codes = {
            code
            for row in csv.DictReader(file)
            for level in (1, 2, 3)
            if (code := row[f"codice_{level}_livello"])
        }

    assert set(get_args(Channel)) == codes


def test_life_events_are_those_of_the_vocabulary() -> None:
    with shared("vocabularies", "life-event.csv").open(encoding="utf-8", newline="") as file:
        codes = {str(int(float(row["codice_1_livello"]))) for row in csv.DictReader(file)}

    assert set(get_args(LifeEvent)) == codes
