"""What every service that consumes has alike: what it runs beside HTTP, and how its topics stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncpg import Connection, Pool

from percorso.chassis.consumption import applying, dead_letters
from percorso.chassis.consumption.applying import Consumption
from percorso.chassis.consumption.offsets import Standing
from percorso.chassis.health import Check
from percorso.chassis.outbox.relay import Relay
from percorso.chassis.runtime import Worker
from percorso.events.kafka.publisher import Publisher
from percorso.events.kafka.subscriber import Subscriber


@dataclass(frozen=True, slots=True)
class Working:
    """What a service runs beside HTTP, and how to see that it goes well."""

    workers: Mapping[str, Worker] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)


NOTHING = Working()


def subscribers(
    kafka: str,
    pool: Pool,
    consumptions: Sequence[Consumption[Any]],
    *,
    group: str,
    worker: str = "",
) -> dict[str, Subscriber[Any]]:
    """Return a subscriber for each topic, by the name that its worker and its check have.

    A group for each topic: a rebalance of one does not hold up the others.
    """
    return {
        f"kafka {each.topic.name}": Subscriber(
            kafka, applying.subscription(pool, each, f"{group}.{each.topic.name}"), worker=worker
        )
        for each in consumptions
    }


def working(
    connected: Mapping[str, Subscriber[Any] | Publisher], relay: Relay | None = None
) -> Working:
    """Return what runs these, and the relay of what they decide."""
    workers: dict[str, Worker] = {name: each.run for name, each in connected.items()}
    checks: dict[str, Check] = {name: each.check for name, each in connected.items()}
    return Working(workers if relay is None else workers | {"relay": relay.run}, checks)


async def status(connection: Connection, standing: Standing) -> dict[str, object]:
    """Return what `/status` says of how topics stand: `lag`, `freshness_ms`, `dead_letters`."""
    return {
        "lag": standing.lag,
        "freshness_ms": standing.freshness_ms,
        "dead_letters": await dead_letters.count(connection),
    }
