"""What every touchpoint has, and the kinds of members that types are made of."""

from math import isfinite
from typing import Annotated

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from percorso.events.limits import MAX_DETAILS_BYTES
from percorso.events.vocabularies import Channel, LifeEvent

Name = Annotated[str, Field(min_length=1, max_length=256)]
Text = Annotated[str, Field(min_length=1, max_length=4_000)]
Names = Annotated[list[Name], Field(max_length=200)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Quantity = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Cents = Annotated[int, Field(ge=0, le=10**12)]


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
