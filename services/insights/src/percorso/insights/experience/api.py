"""Routes that read metrics."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from asyncpg import Pool, Record
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis.auth import Caller, Operator, Role, Service, Tokens, caller
from percorso.chassis.consumption import offsets
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, NotFound, Problem, Unauthorized, responses
from percorso.events.topics import TOUCHPOINTS
from percorso.insights.experience import store, views, windows
from percorso.insights.experience.definitions import METRICS
from percorso.insights.experience.metric import Metric
from percorso.insights.experience.summaries import Buckets
from percorso.insights.experience.views import MetricsView, WindowsView
from percorso.insights.experience.windows import By

MAX_WINDOWS = 1_500  # a day of minutes, two months of hours, four years of days
DEFAULT_WINDOWS = 24
READERS = frozenset({Role.OWNER, Role.OPERATIONS})

Code = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Path(max_length=64, pattern="^[a-z-]+$", description="The metric's name")]
# What a clock of ours may show; beyond, a day of Rome has no number.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class WindowsRefused(Problem):
    """`from` is not before `to`, or too many windows are between them."""

    status = 422
    slug = "invalid-windows"
    title = "There is no window between these times, or more than one answer holds"


class WindowsQuery(BaseModel):
    """Which windows are wanted, and of what."""

    model_config = ConfigDict(extra="forbid")

    service: Code | None = Field(None, description="Only this service, by its code")
    agency: Code | None = Field(None, description="Only this agency, by its code")
    channel: Code | None = Field(None, description="Only this channel, by exactly this code")
    area: Code | None = Field(None, description="Only this area, by its code")
    from_: AwareDatetime | None = Field(
        None,
        alias="from",
        ge=EARLIEST,
        le=LATEST,
        description="From the window that holds this instant; by default 24 windows before `to`",
    )
    to: AwareDatetime | None = Field(
        None, ge=EARLIEST, le=LATEST, description="Until before this instant; by default now"
    )
    by: By = Field(By.HOUR, description="How long a window is; a day is one of Europe/Rome")

    def wanted(self) -> store.Selection:
        """Return which rows are wanted."""
        return store.Selection(self.service, self.agency, self.channel, self.area)

    def bounds(self, now: datetime) -> list[datetime]:
        """Return where each window begins, and where the last one ends; WindowsRefused if too many."""
        until = self.to or now
        since = self.from_ or until - DEFAULT_WINDOWS * windows.length(self.by)
        bounds = list(islice(windows.bounds(since, until, self.by), MAX_WINDOWS + 2))
        if since >= until or len(bounds) > MAX_WINDOWS + 1:
            raise WindowsRefused(detail=f"from is before to, with at most {MAX_WINDOWS} windows")
        return bounds

    @property
    def is_close(self) -> bool:
        """Return whether a window comes close to a person: what a minute or one area hold."""
        return self.by is By.MINUTE or self.area is not None


def router(pool: Pool, tokens: Tokens) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/metrics",
        tags=["metrics"],
        dependencies=[Depends(_reader(tokens))],
        responses=responses(Unauthorized, Forbidden),
    )

    @routes.get("", summary="List the metrics")
    async def list_metrics() -> MetricsView:
        """For operators of services and operations, and for services: names and definitions."""
        return MetricsView(items=[views.definition(metric) for metric in METRICS.values()])

    @routes.get(
        "/{metric}",
        summary="Read a metric over time",
        response_model_exclude_unset=True,
        responses=responses(NotFound, WindowsRefused),
    )
    async def read_metric(metric: Name, query: Annotated[WindowsQuery, Query()]) -> WindowsView:
        """For operators of services and operations, and for services; nothing of a citizen is shown.

        Every window between `from` and `to`, the empty ones too, at most 1,500 of them. An event
        counts in the minute in which it occurred, so that a late one changes a past window.
        """
        if metric not in METRICS:
            raise NotFound
        return await _read(pool, METRICS[metric], query)

    return routes


def _reader(tokens: Tokens) -> Callable[[Request, Caller], Awaitable[None]]:
    async def dependency(_: Request, reader: Annotated[Caller, Depends(caller(tokens))]) -> None:
        is_operator = isinstance(reader, Operator) and reader.role in READERS
        if not is_operator and not isinstance(reader, Service):
            raise Forbidden

    return dependency


async def _read(pool: Pool, metric: Metric, query: WindowsQuery) -> WindowsView:
    now = datetime.now(UTC)
    bounds = query.bounds(now)
    async with transaction(pool, readonly=True) as connection:
        rows = await store.windows(connection, metric.name, bounds, query.wanted())
        standing = await offsets.standing(connection, [TOUCHPOINTS.name], now)
    return views.over_time(
        metric, bounds, _found(rows), is_close=query.is_close, age_ms=standing.freshness_ms
    )


def _found(rows: Iterable[Record]) -> Mapping[int, Buckets]:
    found: defaultdict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        found[row["number"]][row["bucket"]] = (row["count"], row["sum"])
    return found
