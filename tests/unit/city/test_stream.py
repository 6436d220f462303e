"""The stream: ordered, exact, noisy as asked, the same bytes, in bounded memory."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.city import stream
from percorso.city.city import Telling
from percorso.city.claims import Claim
from percorso.city.generate import generate
from percorso.city.noise import Rates, Sending
from percorso.city.plan import NATURAL_EVENTS, stories_of, volume_for
from percorso.city.truth import DuplicateTruth, LateTruth, WithdrawnTruth
from tests.support.cities import a_city, played

SEEDS = st.integers(min_value=0, max_value=2**63)
a_few = settings(max_examples=12, deadline=None)


@given(seed=SEEDS, count=st.integers(min_value=0, max_value=1_500))
@a_few
def test_there_are_exactly_as_many_events_in_the_order_of_sending(seed: int, count: int) -> None:
    city = played(a_city(seed), count)

    assert len(city.sendings) == count
    assert all(one.sent_ms <= other.sent_ms for one, other in pairwise(city.sendings))


@given(seed=SEEDS)
@a_few
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(seed: int) -> None:
    one, same, other = (played(a_city(each), 300) for each in (seed, seed, seed + 1))

    assert [each.raw for each in one.sendings] == [each.raw for each in same.sendings]
    assert one.claims == same.claims
    assert one.lines == same.lines
    assert {each.id for each in one.sendings}.isdisjoint(each.id for each in other.sendings)


def test_files_are_the_same_whatever_the_order_of_hashes(tmp_path: Path) -> None:
    digests = {_digest_of_generated(tmp_path / number, number) for number in ("1", "2")}

    assert len(digests) == 1


@given(seed=SEEDS)
@settings(max_examples=4, deadline=None)
def test_noise_has_the_rates_that_were_asked_for(seed: int) -> None:
    rates = Rates(late=0.1, duplicate=0.08, mistake=0.2)
    count = 6_000

    city = played(a_city(seed, rates=rates), count)

    # Five standard deviations of so many draws are less than 0.02.
    assert abs(len(city.of(LateTruth)) / count - 0.1) < 0.02
    assert abs(len(city.of(DuplicateTruth)) / count - 0.08) < 0.02
    assert len(city.of(WithdrawnTruth)) > 50
    overtaken = sum(one["time"][:19] > other["time"][:19] for one, other in pairwise(city.events))
    assert overtaken > len(city.of(LateTruth)) / 2


def test_a_year_of_the_default_city_has_about_as_many_events_as_planned() -> None:
    city = a_city(people=2_000)
    count = int(NATURAL_EVENTS * 2_000 * 365)
    volume = volume_for(count, 2_000)

    # Fifty days are enough for a tenth.
    sent = sum(len(told.sendings) for day in range(50) for told in stories_of(city, volume, day))

    assert abs(sent / (count * 50 / 365) - 1) < 0.1


def test_events_are_what_is_sent_without_claims_and_claims_come_in_order() -> None:
    city = a_city()

    sent = list(stream.steps(city, 1_000, lambda _: None))

    assert list(stream.events(city, 1_000, lambda _: None)) == [
        step for step in sent if isinstance(step, Sending)
    ]
    assert [step.sent_ms for step in sent] == sorted(step.sent_ms for step in sent)
    assert any(isinstance(step, Claim) for step in sent)


def test_a_city_without_noise_sends_everything_once_and_soon() -> None:
    city = played(a_city(rates=Rates(0, 0, 0)), 3_000)

    assert len(city.by_id) == 3_000
    assert not [*city.of(LateTruth), *city.of(DuplicateTruth), *city.of(WithdrawnTruth)]


def test_what_is_held_does_not_grow_with_the_number_of_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = (_most_held(count, monkeypatch) for count in (10_000, 50_000))

    assert many < 1.3 * few
    assert many < 3_000


def _most_held(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many events were told and not yet sent, when they were most."""
    told = sent = most = 0

    def counted(*which: Any) -> Iterator[Telling]:
        nonlocal told
        for telling in stories_of(*which):
            told += len(telling.sendings)
            yield telling

    monkeypatch.setattr(stream, "stories_of", counted)
    for _ in stream.events(a_city(people=400), count, lambda _: None):
        sent += 1
        most = max(most, told - sent)
    assert sent == count
    return most


def _digest_of_generated(folder: Path, hash_seed: str) -> str:
    command = [sys.executable, "-m", "percorso.city", "generate", "--people", "150"]
    subprocess.run(
        [*command, "--events", "3000", "--out", str(folder)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        check=True,
    )
    digest = hashlib.sha256()
    for name in ("events.ndjson", "truth.ndjson"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def test_generate_writes_what_the_stream_yields_beside_its_truth(tmp_path: Path) -> None:
    city = a_city()

    generate(city, 500, tmp_path / "new")

    lines = (tmp_path / "new" / "events.ndjson").read_bytes().splitlines()
    assert lines == [sending.raw for sending in played(city, 500).sendings]
    kinds = (tmp_path / "new" / "truth.ndjson").read_text().splitlines()
    assert kinds[0].startswith('{"kind":"city","version":1,"seed":7,"people":200,"events":500')
    assert sum('"kind":"person"' in line for line in kinds) == 200
