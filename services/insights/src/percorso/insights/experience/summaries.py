"""What is said of the contributions that fall into one window, and what is not said; pure."""

from collections.abc import Mapping

from percorso.insights.experience import durations
from percorso.insights.experience.metric import Aggregation, Metric

# Fewer contributions than these say something of one person to whoever stood there (ADR 0016).
FEW = 3

Buckets = Mapping[str, tuple[int, int]]  # count and sum, by bucket
Summary = dict[str, object]


def summary(metric: Metric, buckets: Buckets, *, is_close: bool) -> Summary:
    """Return the members that a window shows, `withheld` among them where some are not shown.

    Values of fewer than `FEW` are never shown. Where a window comes close to a person (a minute,
    or one area), neither is that there were so few.
    """
    count = sum(each for each, _ in buckets.values())
    if metric.aggregation is Aggregation.COUNT:
        return _count(count, buckets, is_close=is_close)
    if 0 < count < FEW:
        return {"count": None if is_close else count, "withheld": True}
    return {"count": count} | (_values(metric, count, buckets) if count else {})


def _count(count: int, buckets: Buckets, *, is_close: bool) -> Summary:
    least = FEW if is_close else 1
    if 0 < count < least:
        return {"count": None, "withheld": True}
    parts = {part: each for part, (each, _) in sorted(buckets.items()) if part}
    shown = {part: each for part, each in parts.items() if each >= least}
    return {"count": count} | ({"parts": shown} if parts else {}) | _withheld(parts, shown)


def _withheld(parts: Mapping[str, int], shown: Mapping[str, int]) -> Summary:
    return {"withheld": True} if len(shown) < len(parts) else {}


def _values(metric: Metric, count: int, buckets: Buckets) -> Summary:
    total = sum(each for _, each in buckets.values())
    said: Summary = {"sum": total, "mean": round(total / count, 3)}
    counts = {bucket: each for bucket, (each, _) in sorted(buckets.items())}
    if metric.aggregation is Aggregation.RATING:
        return said | {"parts": counts}
    return said | {
        "p50": durations.quantile(counts, 0.50),
        "p95": durations.quantile(counts, 0.95),
    }
