"""The synthetic city as `make run` plays it: live, and on after a restart."""

from pathlib import Path

import psycopg
import pytest

from percorso.city import demo
from percorso.city.agencies import APP_COMUNE, RACCOLTA
from percorso.city.city import City
from percorso.city.cli import DEFAULT_START
from percorso.city.demo import DemoPerson
from percorso.city.people import Person
from percorso.city.truth import Told
from tests.support.stack import Stack, running
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE_S = 180.0  # the city's own pace, on two cores beside the fault experiments

# One fact under two ids; nothing else can be so alike.
DOUBLED = """
SELECT count(*) - count(DISTINCT (subject, occurred_at, sequence, type, touchpoint))
  FROM touchpoints
"""


def test_the_city_plays_live_and_a_restart_doubles_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    people = demo.people(City(start=DEFAULT_START))
    with running(home, PERCORSO_CITY="demo") as stack:
        stored = eventually(lambda: _at_least(stack, 3_000), within_s=PATIENCE_S)
        assert eventually(lambda: people[2].why in _said(home), within_s=PATIENCE_S)
        for each in people:
            reader = stack.citizen(each.person.fiscal_code)
            assert len(stack.timeline(reader)["items"]) > 3
        _check_linked(stack, people[2].person)
        assert eventually(lambda: people[2].wishes in _said(home), within_s=PATIENCE_S)
        for each in people:
            eventually(lambda: _is_reached(stack, each), within_s=PATIENCE_S)  # noqa: B023 - run here

    with running(home, PERCORSO_CITY="demo") as stack:
        assert eventually(lambda: _at_least(stack, stored + 100), within_s=PATIENCE_S)
        with psycopg.connect(stack.run["postgres"]["journey"]) as connection:
            assert connection.execute(DOUBLED).fetchone() == (0,)


def _is_reached(stack: Stack, told: DemoPerson) -> bool:
    """Say whether mail came to whoever allows suggestions; to nobody else, but what the law asks."""
    reader = stack.citizen(told.person.fiscal_code)
    log = stack.http.get(f"{stack.url('identity')}/v1/access-log/me", headers=reader).json()
    purposes = {entry["purpose"] for entry in log["items"]}
    assert purposes <= {*told.allows, "service-notices"}
    mails = stack.http.get(f"{stack.run['mail']}/v1/mails", params={"to": told.email}).json()
    return not told.allows or ("proactive-suggestions" in purposes and mails["items"] != [])


def _check_linked(stack: Stack, person: Person) -> None:
    """Check that a demo person's timeline is the same by what two agencies know."""
    customer, app = (person.known_as[way] for way in ("customer:ambiente_tanaro", "app:c_a182"))
    by_code = stack.citizen(person.fiscal_code)
    for known in (customer, app):
        by_other = stack.token(caller="citizen", identifier=known._asdict())
        eventually(lambda: _read(stack, by_code) == _read(stack, by_other))  # noqa: B023 - run here
    assert {told.source for told in _read(stack, by_code)} > {RACCOLTA.source, APP_COMUNE.source}


def _at_least(stack: Stack, touchpoints: int) -> int:
    stored: int = stack.status().get("touchpoints") or 0
    return stored if stored >= touchpoints else 0


def _read(stack: Stack, reader: dict[str, str]) -> set[Told]:
    items = stack.timeline(reader, limit=200)["items"]
    return {Told(item["source"], item["id"]) for item in items}


def _said(home: Path) -> str:
    return (home.parent / f"{home.name}.output").read_text(encoding="utf-8")
