"""What the person may choose, and what is refused."""

from pathlib import Path

import pytest

from percorso.local import options
from percorso.local.errors import Refusal


def test_the_default_is_everything_embedded_in_the_checkout() -> None:
    chosen = options.read({})

    assert chosen == options.Options(home=Path.cwd() / ".percorso")


def test_existing_servers_are_taken_from_the_environment() -> None:
    chosen = options.read(
        {"PERCORSO_KAFKA": "kafka.example:9092", "PERCORSO_POSTGRES": "postgresql://a@b/c"}
    )

    assert (chosen.kafka, chosen.postgres) == ("kafka.example:9092", "postgresql://a@b/c")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERCORSO_PORTS", "8000"),
        ("PERCORSO_POSTGRES", "host=db"),
        ("PERCORSO_JOURNEY_WORKERS", "3"),
        ("PERCORSO_JOURNEY_WORKERS", "many"),
        ("PERCORSO_CITY", "on"),
        ("PERCORSO_CITY", "0"),
        ("PERCORSO_CITY", "501"),
        ("PERCORSO_CITY", "nan"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Refusal, match=name):
        options.read({name: value})


@pytest.mark.parametrize(("value", "events_per_s"), [("demo", 5.0), ("off", 0.0), ("0.5", 0.5)])
def test_the_city_is_off_or_has_a_rate(value: str, events_per_s: float) -> None:
    assert options.read({"PERCORSO_CITY": value}).city == events_per_s


def test_automatic_ports_differ_from_each_other() -> None:
    chosen = options.choose_ports(options.Options(home=Path(), automatic_ports=True))

    assert len(set(chosen)) == len(chosen)
