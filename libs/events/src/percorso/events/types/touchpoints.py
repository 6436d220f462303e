"""The facts that agencies report: one model per touchpoint type."""

from math import isfinite
from typing import Annotated, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from percorso.events.limits import MAX_DETAILS_BYTES
from percorso.events.vocabularies import Channel, LifeEvent

Name = Annotated[str, Field(min_length=1, max_length=256)]
Text = Annotated[str, Field(min_length=1, max_length=4_000)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


def _within_details_limit(details: dict[str, JsonValue]) -> dict[str, JsonValue]:
    encoded = msgspec.json.encode(details)
    if len(encoded) > MAX_DETAILS_BYTES:
        raise PydanticCustomError(
            "details_too_long", f"Should have at most {MAX_DETAILS_BYTES} bytes as JSON"
        )
    # pydantic reads 1e999 as infinity, which JSON cannot say; msgspec writes that as null.
    if b"null" in encoded and not _is_finite(details):
        raise PydanticCustomError("details_not_finite", "Should hold finite numbers only")
    return details


def _is_finite(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or isfinite(value)


Details = Annotated[dict[str, JsonValue], AfterValidator(_within_details_limit)]


class Strict(BaseModel):
    """A part of a touchpoint: no coercion, no unknown members."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class Place(Strict):
    """Where it happened: a line of transport, a segment of it, an area of the city."""

    line: Name | None = None
    segment: Name | None = None
    area: Name | None = None


class About(Strict):
    """The identity of another touchpoint."""

    source: Name
    id: Name


class Touchpoint(Strict):
    """One contact between a citizen and a public service."""

    channel: Channel
    service: Name | None = None
    matter: Name | None = None
    outcome: Name | None = None
    life_event: LifeEvent | None = None
    place: Place | None = None
    language: Annotated[str, Field(min_length=2, max_length=35)] | None = None


class PageViewed(Touchpoint):
    """The citizen looked at a page."""

    page: Name
    referrer: Name | None = None
    stayed_s: Seconds | None = None


class ApplicationReceived(Touchpoint):
    """The agency registered an application."""

    protocol: Name


class ApplicationTakenCharge(Touchpoint):
    """An office took charge of an application."""

    office: Name


class ApplicationDecided(Touchpoint):
    """An application was decided."""

    decision: Literal["accepted", "refused", "partly-accepted", "withdrawn"]
    reason: Text | None = None


class DeskVisited(Touchpoint):
    """The citizen was served at a desk."""

    office: Name
    waited_s: Seconds
    served_s: Seconds | None = None


class FeedbackGiven(Touchpoint):
    """The citizen rated a service or one touchpoint."""

    rating: Annotated[int, Field(ge=1, le=5)]
    reason: Text | None = None
    text: Text | None = None
    about: About | None = None


class TouchpointRecorded(Touchpoint):
    """Something that the catalogue does not name yet."""

    name: Name
    details: Details | None = None


class TouchpointWithdrawn(Touchpoint):
    """An earlier touchpoint of the same source and citizen was wrong: it is hidden everywhere."""

    about: About
    reason: Text
