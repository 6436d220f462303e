"""The goldens of the catalogue: one event per type, as it is sent for ever."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from percorso.events.catalogue import CATALOGUE, Producer
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import Record, decode
from percorso.identity.door.acceptance import Caller, accept
from percorso.identity.subjects import identifiers, pseudonyms
from tests.support.repository import ROOT

AGENCY = "c_a182"
FOLDER = ROOT / "tests" / "contract" / "events"
PATHS: Sequence[Path] = sorted(FOLDER.glob("*.json"))


def touchpoint(name: str) -> Any:
    """Return the payload of a type's golden."""
    data = json.loads(_text(name))["data"]
    return data["touchpoint"] if _is_agencys(name) else data


def event(name: str, now: datetime) -> CloudEvent:
    """Return a type's golden as the services get it, taken by the door at `now` if an agency sends it."""
    if not _is_agencys(name):
        return _own(name)
    caller = Caller(AGENCY, lambda source: source.startswith(f"urn:it:{AGENCY}:"), _subject)
    return accept(_text(name).encode(), caller, now)


def _own(name: str) -> CloudEvent:
    text = _text(name)
    headers = [("content-type", b"application/cloudevents+json")]
    return decode(Record(json.loads(text)["subject"].encode(), text.encode(), headers))


def _is_agencys(name: str) -> bool:
    return CATALOGUE[name].producer is Producer.AGENCY


def _text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def _subject(scheme: str, value: str) -> UUID:
    normalised = identifiers.normalise(scheme, value, agency=AGENCY)
    return pseudonyms.subject(b"for tests only, 32 bytes or more", scheme, normalised)
