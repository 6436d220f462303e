"""What the portal reads from its environment."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AnyHttpUrl, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode, SettingsConfigDict

from percorso.chassis.settings import Duration, HttpSettings, PostgresSettings


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise PydanticCustomError("json", "Should be a JSON object") from error


class Settings(PostgresSettings, HttpSettings):
    """The portal's settings."""

    model_config = SettingsConfigDict(env_prefix="PERCORSO_PORTAL_")

    port: int = Field(
        8000, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
    public_url: AnyHttpUrl = Field(
        description="URL at which browsers reach the portal, without a path; forms that come from "
        "anywhere else are refused, and with https cookies are for https alone"
    )
    identity_url: AnyHttpUrl = Field(description="URL of identity, as the portal reaches it")
    login_url: AnyHttpUrl | None = Field(
        None, description="URL of identity, as browsers reach it; by default the same"
    )
    journey_url: AnyHttpUrl = Field(description="URL of journey")
    insights_url: AnyHttpUrl = Field(description="URL of insights")
    notifications_url: AnyHttpUrl = Field(description="URL of notifications")
    traces_url: AnyHttpUrl | None = Field(
        None, description="URL of the page of traces (Zipkin), to which operations are led"
    )
    service_key_file: Path = Field(
        description="PEM file of the EC P-256 private key by which identity knows this service; "
        "visitors' codes are known again by it too"
    )
    agencies: Annotated[Mapping[str, str], NoDecode, BeforeValidator(_parsed)] = Field(
        {}, description="JSON object: names of agencies by their codes, as citizens know them"
    )
    site_agency: str | None = Field(
        None,
        pattern="^[a-z0-9_]{2,32}$",
        description="Code of the agency whose web site is on the portal's host: browsers in which "
        "nobody has logged in get a cookie that its server may read, with the code of a visitor, "
        "who is linked with whoever logs in; without it there is no such cookie",
    )
    idle: Duration = Field(
        timedelta(minutes=20),
        ge=timedelta(minutes=1),
        le=timedelta(hours=8),
        description="A web session that nobody uses for so long has ended; seconds or ISO 8601",
    )
    longest: Duration = Field(
        timedelta(hours=1),
        ge=timedelta(minutes=5),
        le=timedelta(hours=12),
        description="A web session never lasts longer, nor longer than its token",
    )
