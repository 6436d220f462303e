"""How metrics look to those who read them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from pydantic import BaseModel, Field

from percorso.events.types.own import Words
from percorso.insights.experience import durations, summaries
from percorso.insights.experience.metric import Aggregation, Metric
from percorso.insights.experience.summaries import Buckets


class MetricView(BaseModel):
    """What a metric is."""

    name: str
    unit: str = Field(description="The unit of `sum`, `mean`, `p50` and `p95`, or what is counted")
    aggregation: Aggregation = Field(description="Which values a window shows")
    measures: Words = Field(description="What is measured, and in which minute it counts")


class MetricsView(BaseModel):
    """All metrics."""

    items: list[MetricView]


class WindowView(BaseModel):
    """A metric in one window of time; members that its aggregation does not have are absent."""

    from_: datetime = Field(alias="from", description="Where the window begins")
    to: datetime = Field(description="Where it ends, exclusive")
    count: int | None = Field(description="How many; null if so few that it is withheld")
    sum: int | None = Field(None, description="The sum of all")
    mean: float | None = Field(None, description="The mean of all")
    p50: int | None = Field(None, description="What half of them do not exceed, within `error`")
    p95: int | None = Field(None, description="What 95 in 100 do not exceed, within `error`")
    parts: dict[str, int] | None = Field(None, description="How many of each kind or rating")
    withheld: bool | None = Field(
        None, description="Whether something is withheld, since it would say something of a person"
    )


class WindowsView(BaseModel):
    """A metric over time."""

    metric: str
    unit: str
    error: float | None = Field(
        description="How far a percentile may be from the true one, as a part of it"
    )
    items: list[WindowView]
    age_ms: int | None = Field(
        description="How old the oldest touchpoint is that is not counted yet; null before the first"
    )


def definition(metric: Metric) -> MetricView:
    """Return what a metric is, as it is shown."""
    return MetricView(
        name=metric.name,
        unit=metric.unit,
        aggregation=metric.aggregation,
        measures=Words(it=metric.it, en=metric.en),
    )


def over_time(
    metric: Metric,
    bounds: Sequence[datetime],
    found: Mapping[int, Buckets],
    *,
    is_close: bool,
    age_ms: int | None,
) -> WindowsView:
    """Return what was found in each window, by its number from 1 on, as it is shown."""
    is_duration = metric.aggregation is Aggregation.DURATION
    return WindowsView(
        metric=metric.name,
        unit=metric.unit,
        error=round(durations.ERROR, 4) if is_duration else None,
        items=list(_items(metric, bounds, found, is_close=is_close)),
        age_ms=age_ms,
    )


def _items(
    metric: Metric, bounds: Sequence[datetime], found: Mapping[int, Buckets], *, is_close: bool
) -> Iterator[WindowView]:
    for number, (begin, end) in enumerate(pairwise(bounds), start=1):
        said = summaries.summary(metric, found.get(number, {}), is_close=is_close)
        yield WindowView.model_validate({"from": begin, "to": end, **said})
