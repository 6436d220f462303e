"""Events as agencies send them: one golden per type, which has to be accepted for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from percorso.events.catalogue import CATALOGUE
from percorso.events.kafka.codec import decode, encode
from percorso.events.types.members import Touchpoint
from percorso.identity.door.acceptance import Caller, accept
from percorso.identity.subjects import identifiers, pseudonyms
from percorso.journey.timelines.facts import entry

GOLDENS = sorted((Path(__file__).parent / "events").glob("*.json"))
AGENCY = "c_a182"
NOW = datetime(2026, 6, 1, tzinfo=UTC)

every_golden = pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)


@every_golden
def test_a_golden_is_read_by_its_model_and_uses_every_member(path: Path) -> None:
    model, touchpoint = CATALOGUE[path.stem].model, _touchpoint(path)

    read = model.model_validate_json(json.dumps(touchpoint))

    assert json.loads(read.model_dump_json(exclude_unset=True)) == touchpoint
    assert set(model.model_fields) - set(Touchpoint.model_fields) <= set(touchpoint)


@every_golden
def test_a_golden_travels_from_the_door_to_a_timeline(path: Path) -> None:
    caller = Caller(AGENCY, lambda source: source.startswith(f"urn:it:{AGENCY}:"), _subject)

    event = accept(path.read_bytes(), caller, NOW)
    row = entry(decode(encode(event))).touchpoint

    assert json.loads(row.touchpoint) == _touchpoint(path)
    assert (row.type, row.agency, row.received_at) == (path.stem, AGENCY, NOW)


def _touchpoint(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))["data"]["touchpoint"]


def _subject(scheme: str, value: str) -> UUID:
    normalised = identifiers.normalise(scheme, value, agency=AGENCY)
    return pseudonyms.subject(b"for tests only, 32 bytes or more", scheme, normalised)
