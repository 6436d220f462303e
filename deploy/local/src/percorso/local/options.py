"""What the person chose by environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from percorso.local import ports
from percorso.local.errors import Refusal

HOME = ".percorso"
POSTGRES_SCHEMES = ("postgresql://", "postgres://")
MOST_WORKERS = 2
DEMO_EVENTS_PER_S = 5.0
MOST_EVENTS_PER_S = 500.0  # what one process of the city sends with ease


class Ports(NamedTuple):
    """Where the parts listen, all on loopback."""

    portal: int = 8000
    identity: int = 8001
    journey: int = 8002
    insights: int = 8003
    notifications: int = 8004
    provider: int = 8005
    mail: int = 8006
    smtp: int = 8025
    zipkin: int = 9411
    kafka: int = 9092
    kafka_controller: int = 9093
    postgres: int = 15432


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of one run; `kafka` and `postgres` are given when existing ones are used.

    `city` is how many events a second the synthetic city sends; 0: there is none.
    """

    home: Path
    kafka: str | None = None
    postgres: str | None = None
    automatic_ports: bool = False
    journey_workers: int = 1
    city: float = DEMO_EVENTS_PER_S
    telemetry: Mapping[str, str] = field(default_factory=dict)


def read(environment: Mapping[str, str]) -> Options:
    """Read the options out of the environment; refuse what makes no sense."""
    return Options(
        home=Path(environment.get("PERCORSO_HOME") or HOME).absolute(),
        kafka=environment.get("PERCORSO_KAFKA") or None,
        postgres=_postgres(environment.get("PERCORSO_POSTGRES") or None),
        automatic_ports=_automatic(environment.get("PERCORSO_PORTS") or "default"),
        journey_workers=_workers(environment.get("PERCORSO_JOURNEY_WORKERS") or "1"),
        city=_city(environment.get("PERCORSO_CITY") or "demo"),
        telemetry={key: value for key, value in environment.items() if key.startswith("OTEL_")},
    )


def choose_ports(options: Options) -> Ports:
    """Give the ports of this run, refusing those that another process holds."""
    if options.automatic_ports:
        return Ports(*ports.free_ports(len(Ports._fields)))
    chosen = Ports()
    for part, port in chosen._asdict().items():
        if not _is_elsewhere(part, options):
            ports.require_free(part.replace("_", " "), port)
    return chosen


def _is_elsewhere(part: str, options: Options) -> bool:
    given = {"postgres": options.postgres, "kafka": options.kafka}
    return given.get(part.partition("_")[0]) is not None


def _postgres(url: str | None) -> str | None:
    if url is not None and not url.startswith(POSTGRES_SCHEMES):
        raise Refusal("PERCORSO_POSTGRES has to be the URL of an administrator: postgresql://...")
    return url


def _automatic(value: str) -> bool:
    if value not in {"default", "auto"}:
        raise Refusal(f"PERCORSO_PORTS is {value!r}; it may be `default` or `auto`.")
    return value == "auto"


def _workers(value: str) -> int:
    if value not in {str(number) for number in range(1, MOST_WORKERS + 1)}:
        raise Refusal(f"PERCORSO_JOURNEY_WORKERS is {value!r}; it may be 1 to {MOST_WORKERS}.")
    return int(value)


def _city(value: str) -> float:
    if value in _CITIES:
        return _CITIES[value]
    try:
        events_per_s = float(value)
    except ValueError:
        events_per_s = 0.0
    if not 0 < events_per_s <= MOST_EVENTS_PER_S:
        raise Refusal(
            f"PERCORSO_CITY is {value!r}; it may be `demo`, `off` or events per second "
            f"up to {MOST_EVENTS_PER_S:g}."
        )
    return events_per_s


_CITIES = {"demo": DEMO_EVENTS_PER_S, "off": 0.0}
