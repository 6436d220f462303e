"""The one registry of metrics: every family of them, and which facts each looks at."""

from collections.abc import Mapping

from percorso.insights.experience.families import (
    complaints,
    responses,
    satisfaction,
    suggestions,
    switches,
    volumes,
    waits,
)
from percorso.insights.experience.metric import Metric

FAMILIES = (
    volumes.FAMILY,
    responses.CHARGE,
    responses.ANSWER,
    waits.DESKS,
    waits.CALLS,
    switches.FAMILY,
    satisfaction.FAMILY,
    complaints.FAMILY,
    suggestions.FAMILY,
)

METRICS: Mapping[str, Metric] = {
    metric.name: metric for family in FAMILIES for metric in family.metrics
}
