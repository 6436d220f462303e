"""The synthetic city against the whole stack: what it says is taken, what it knows is read."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from percorso.city.claims import Claim
from percorso.city.truth import LinkTruth, Told, WithdrawnTruth
from percorso.client import Percorso, SubjectIdentifier
from tests.support.cities import Played, a_city, played
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

EVENTS = 3_000
STORED = """
SELECT count(*) FROM touchpoints
 WHERE (source, id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""


@pytest.fixture(scope="module")
def city(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Have a small city send all it has, in the order in which it would."""
    sent = played(a_city(people=300), EVENTS)
    file = tmp_path_factory.mktemp("events") / "events.ndjson"
    file.write_bytes(b"\n".join(sending.raw for sending in sent.sendings))
    command = [str(Path(sys.executable).with_name("percorso")), "send", str(file)]
    environment = os.environ | {"PERCORSO_HOME": str(stack.home)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"{EVENTS} accepted" in ended.stdout, ended.stdout + ended.stderr
    _claim(stack, sent.claims)
    return sent


def _stored(stack: Stack, told: Collection[Told]) -> int:
    """Count the touchpoints with these identities."""
    identities = [each.source for each in told], [each.id for each in told]
    with psycopg.connect(stack.run["postgres"]["journey"]) as connection:
        row = connection.execute(STORED, identities).fetchone()
    return int(row[0]) if row else 0


def _claim(stack: Stack, claims: Sequence[Claim]) -> None:
    with Percorso.local(stack.home) as percorso:
        for claim in claims:
            one, other = (SubjectIdentifier(*subject) for subject in claim.subjects)
            token = percorso.tokens.agency(claim.agency)
            link_id = percorso.links.add(one, other, reference=claim.reference, token=token)
            if claim.is_undone:
                percorso.links.undo(link_id, token=token)


def test_every_event_is_taken_and_stored_once(stack: Stack, city: Played) -> None:
    assert eventually(lambda: _stored(stack, city.by_id) >= len(city.by_id))
    assert _stored(stack, city.by_id) == len(city.by_id)


def test_a_timeline_is_what_the_truth_says(stack: Stack, city: Played) -> None:
    hidden = {line.event for line in city.of(WithdrawnTruth)}
    withdrawals = {line.by for line in city.of(WithdrawnTruth)}
    linked = _linked(city)
    shown = {
        told: linked.get(_code(event), _code(event))
        for told, event in city.by_id.items()
        if told not in hidden
    }
    busiest = Counter(shown[told] for told in shown if shown[told] in linked.values())

    for code, _ in busiest.most_common(5):
        expected = {told for told, whose in shown.items() if whose == code} - withdrawals
        reader = stack.citizen(code)
        eventually(lambda: _read(stack, reader) - withdrawals == expected)  # noqa: B023 - run here


def _linked(city: Played) -> dict[str, str]:
    """Return the fiscal code with which each value is linked in the end."""
    pairs = [line.subjects for line in city.of(LinkTruth) if line.until is None]
    return {one.value.upper(): other.value for one, other in pairs}


def _read(stack: Stack, reader: dict[str, str]) -> set[Told]:
    items = stack.timeline(reader, limit=200)["items"]
    return {Told(item["source"], item["id"]) for item in items}


def _code(event: dict[str, Any]) -> str:
    value: str = event["data"]["citizen"]["value"]
    return value.upper()
