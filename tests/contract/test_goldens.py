"""Events as they are sent: one golden per type, which has to be accepted for ever."""

import json
from datetime import UTC, datetime

import pytest

from percorso.events.catalogue import CATALOGUE
from percorso.events.kafka.codec import decode, encode
from percorso.events.types.members import Touchpoint
from percorso.journey.timelines.facts import entry
from tests.support import goldens

NOW = datetime(2026, 6, 1, tzinfo=UTC)

every_type = pytest.mark.parametrize("name", CATALOGUE)


@every_type
def test_a_golden_is_read_by_its_model_and_uses_every_member(name: str) -> None:
    model, touchpoint = CATALOGUE[name].model, goldens.touchpoint(name)

    read = model.model_validate_json(json.dumps(touchpoint))

    assert json.loads(read.model_dump_json(exclude_unset=True)) == touchpoint
    assert set(model.model_fields) - set(Touchpoint.model_fields) <= set(touchpoint)


@every_type
def test_a_golden_travels_to_a_timeline(name: str) -> None:
    event = goldens.event(name, NOW)
    row = entry(decode(encode(event))).touchpoint

    assert json.loads(row.touchpoint) == goldens.touchpoint(name)
    assert (row.type, row.agency, row.received_at) == (name, event.agency, event.received_at)
