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

    line: Name | None = Field(None, description="The line of transport or the round")
    segment: Name | None = Field(None, description="The part of the line")
    area: Name | None = Field(None, description="The area, by a code that names no address")


class About(Strict):
    """The identity of another touchpoint."""

    source: Name = Field(description="Its event's source")
    id: Name = Field(description="Its event's id")


class Touchpoint(Strict):
    """One contact between a citizen and a public service."""

    channel: Channel = Field(description="On which channel, a code of the national vocabulary")
    service: Name | None = Field(None, description="The public service, by its code")
    matter: Name | None = Field(
        None, description="The agency's file number, which ties touchpoints to one journey"
    )
    outcome: Name | None = Field(None, description="How it ended, by a code of the agency's")
    life_event: LifeEvent | None = Field(
        None, description="The situation it belongs to, a code of the national vocabulary"
    )
    place: Place | None = Field(None, description="Where it happened")
    language: Annotated[str, Field(min_length=2, max_length=35)] | None = Field(
        None, description="The language that was used, such as `it` (BCP 47)"
    )
