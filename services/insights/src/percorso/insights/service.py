"""The composition root of insights: what it opens, serves and runs. Nobody imports it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import postgres, problems
from percorso.chassis.clock import SystemClock
from percorso.chassis.consumption import api as dead_letters_api
from percorso.chassis.consumption import consumer, offsets
from percorso.chassis.consumption.applying import Consumption
from percorso.chassis.openapi import operation_id
from percorso.chassis.outbox.relay import Relay
from percorso.chassis.schema import head
from percorso.chassis.service import Only, Parts
from percorso.chassis.settings import KafkaSettings
from percorso.chassis.tokens import Tokens, open_tokens
from percorso.citizens.handlers import keep_consent, keep_link, keep_share, recording
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.codec import decode, decode_fact
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import ACCESS, IDENTITY, SUGGESTIONS, TOUCHPOINTS
from percorso.insights.catalogue import api as services_api
from percorso.insights.decisions import store as decisions_store
from percorso.insights.decisions.decider import Decider
from percorso.insights.decisions.marking import Marker
from percorso.insights.decisions.past import PastDecisions
from percorso.insights.experience import api as metrics_api
from percorso.insights.experience import handlers as experience_handlers
from percorso.insights.facts.handlers import Recorder
from percorso.insights.rules.reloading import Reloader
from percorso.insights.settings import Settings
from percorso.insights.suggestions import api as suggestions_api
from percorso.insights.suggestions.api import Desk
from percorso.insights.suggestions.handlers import Suggestions

GROUP = "percorso-insights"
CONSUMED = (TOUCHPOINTS.name, IDENTITY.name)
DESCRIPTION = (
    "Citizens read what is suggested to them and why; operators read how services are lived, and "
    "look after what could not be applied. Errors are problems (RFC 9457) that never repeat what was "
    "sent; no quota is set, and a 429 or a 503 says in `Retry-After` when to ask again."
)


async def topics(settings: KafkaSettings) -> None:
    """Make the topic that insights owns."""
    await create_topics(settings.kafka, [SUGGESTIONS])


@asynccontextmanager
async def build(settings: Settings, *, only: Only | None) -> AsyncIterator[Parts]:
    """Open what the service needs and yield its parts; waits for nothing that is away."""
    async with (
        postgres.open_pool(settings, "percorso-insights") as pool,
        open_tokens("insights", settings) as tokens,
    ):
        rules = Reloader(settings.rules)
        await rules.start()
        deciding = _deciding(settings, pool, rules)
        consumptions = _consumptions(deciding)
        working = _working(settings, pool, consumptions, deciding, only)
        desk = Desk(
            pool,
            PastDecisions(),
            deciding.suggestions.react,
            committed=deciding.wake,
            clock=SystemClock(),
        )
        yield Parts(
            app=_app(pool, tokens, consumptions, rules, desk) if only != "worker" else None,
            workers={**working.workers, "rules": rules.run},
            checks={
                "postgres": postgres.check(pool, head("percorso.insights")),
                "rules": rules.check,
                **working.checks,
            },
            status=lambda: _status(pool, rules, deciding.decider),
        )


@dataclass(frozen=True, slots=True)
class _Deciding:
    """What marks, decides, suggests and publishes."""

    marker: Marker
    suggestions: Suggestions
    decider: Decider
    relay: Relay
    publishers: Mapping[str, Publisher]

    def wake(self) -> None:
        """Decide and publish now what was committed."""
        self.decider.wake()
        self.relay.wake()


def _deciding(settings: Settings, pool: Pool, rules: Reloader) -> _Deciding:
    clock = SystemClock()
    publishers = {topic.name: Publisher(settings.kafka, topic) for topic in (SUGGESTIONS, ACCESS)}
    relay = Relay(pool, publishers)
    marker = Marker(lambda: rules.live, clock)
    suggestions = Suggestions(experience_handlers.record, marker.mark)
    decider = Decider(
        pool,
        lambda: rules.live,
        settings.policy,
        suggestions.suggest,
        committed=relay.wake,
        clock=clock,
    )
    return _Deciding(marker, suggestions, decider, relay, publishers)


def _consumptions(deciding: _Deciding) -> list[Consumption[Any]]:
    # Metrics come last: minutes that other workers add to are held until the commit.
    recorder = Recorder(deciding.marker.follow, experience_handlers.follow)
    identity = deciding.marker.record(recording(keep_link, keep_consent, keep_share))
    wake = deciding.decider.wake
    return [
        Consumption(TOUCHPOINTS, decode, recorder.record, waits_for_disk=False, committed=wake),
        Consumption(IDENTITY, decode_fact, identity, committed=wake),
    ]


def _working(
    settings: Settings,
    pool: Pool,
    consumptions: Sequence[Consumption[Any]],
    deciding: _Deciding,
    only: Only | None,
) -> consumer.Working:
    if only == "http":
        return consumer.NOTHING
    subscribers = consumer.subscribers(settings.kafka, pool, consumptions, group=GROUP)
    publishers = {f"publisher {name}": each for name, each in deciding.publishers.items()}
    made = consumer.working({**publishers, **subscribers}, deciding.relay)
    # Not among the checks: while it pauses, everything else is served.
    return replace(made, workers={**made.workers, "decider": deciding.decider.run})


def _app(
    pool: Pool,
    tokens: Tokens,
    consumptions: Sequence[Consumption[Any]],
    rules: Reloader,
    desk: Desk,
) -> FastAPI:
    app = FastAPI(
        title="Percorso insights",
        summary="What next: lawful, explained suggestions, and how services are lived",
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
    )
    problems.install(app)
    by_topic = {each.topic.name: each for each in consumptions}
    app.include_router(services_api.router(lambda: (rules.live.version, rules.live.services)))
    app.include_router(suggestions_api.router(tokens, desk))
    app.include_router(metrics_api.router(pool, tokens))
    app.include_router(dead_letters_api.router(pool, tokens, by_topic))
    return app


async def _status(pool: Pool, rules: Reloader, decider: Decider) -> Mapping[str, object]:
    now = datetime.now(UTC)
    async with postgres.transaction(pool) as connection:
        standing = await offsets.standing(connection, CONSUMED, now)
        consumed = await consumer.status(connection, standing)
        waiting = await decisions_store.waiting(connection, now)
    return {
        **consumed,
        "touchpoints": standing.rows_stored[TOUCHPOINTS.name],
        "rules": rules.status(),
        "decisions": {"state": decider.state, "waiting": waiting.marks},
    }
