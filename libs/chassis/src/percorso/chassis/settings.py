"""The groups of settings that services compose, read once from the environment."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)
from pydantic import ValidationError as Invalid
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from percorso.chassis import validation

EX_CONFIG = os.EX_CONFIG  # 78, of sysexits.h: the settings are wrong, starting again will not help


class Misconfigured(Exception):
    """The process cannot do its work with these settings; the text names them, never a value."""


class Group(BaseSettings):
    """A frozen group of settings; only the environment is read, an empty variable is unset."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what was passed and the environment; no dotenv file lies in wait."""
        return init_settings, env_settings


class KafkaSettings(Group):
    """Where the broker is."""

    kafka: str = Field(
        validation_alias="PERCORSO_KAFKA",
        pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$",
        description="Bootstrap addresses, `host:port`, separated by commas",
    )


class CallerKind(StrEnum):
    """Who may call (contract, section 2)."""

    AGENCY = "agency"
    CITIZEN = "citizen"
    OPERATOR = "operator"
    SERVICE = "service"


class TrustedIssuer(BaseModel):
    """An issuer of tokens, where its keys are, and whom it may speak for."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(min_length=1, max_length=256)
    jwks_uri: AnyHttpUrl
    callers: frozenset[CallerKind] = Field(min_length=1)


def parsed(value: object) -> object:
    """Return a setting that is written as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise PydanticCustomError("json", "Should be a JSON list") from error


def _distinct(issuers: tuple[TrustedIssuer, ...]) -> tuple[TrustedIssuer, ...]:
    if len({issuer.issuer for issuer in issuers}) != len(issuers):
        raise PydanticCustomError("twice", "Should name each issuer once")
    return issuers


class TokenSettings(Group):
    """Whose tokens are accepted."""

    issuers: Annotated[
        tuple[TrustedIssuer, ...], NoDecode, BeforeValidator(parsed), AfterValidator(_distinct)
    ] = Field(
        validation_alias="PERCORSO_ISSUERS",
        description="JSON list of `issuer`, `jwks_uri`, `callers` (agency, citizen, operator, service)",
    )


class HttpSettings(Group):
    """Where HTTP listens, and what the service says of itself to those who call it."""

    host: str = Field("127.0.0.1", min_length=1, description="Address that HTTP listens on")
    port: int = Field(ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one")
    public_url: AnyHttpUrl | None = Field(
        None, description="URL at which callers reach the service; stands in its `/openapi.json`"
    )
    contact: AnyHttpUrl | None = Field(
        None,
        validation_alias="PERCORSO_CONTACT",
        description="URL of who answers callers' questions; stands in every `/openapi.json`",
    )
    terms: AnyHttpUrl | None = Field(
        None,
        validation_alias="PERCORSO_TERMS",
        description="URL of the terms of service; stands in every `/openapi.json`",
    )


def _is_postgres(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise PydanticCustomError("postgres_url", "Should be a URL postgresql://...")
    return url


PostgresUrl = Annotated[SecretStr, AfterValidator(_is_postgres)]


def _seconds(value: object) -> object:
    is_number = isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value)
    return float(str(value)) if is_number else value


Duration = Annotated[timedelta, BeforeValidator(_seconds)]  # `2.5` is seconds, `PT5M` is ISO 8601


class PostgresSettings(Group):
    """The service's own database."""

    postgres: PostgresUrl = Field(description="URL of the database, with the application's role")
    postgres_owner: PostgresUrl | None = Field(
        None, description="URL of the database, with the owner's role; only `migrate` uses it"
    )
    pool_size: int = Field(10, ge=1, le=200, description="Connections at the most, per process")
    statement_timeout: Duration = Field(
        timedelta(seconds=5),
        gt=timedelta(0),
        le=timedelta(minutes=5),
        description="A statement that runs longer is cancelled; seconds or ISO 8601",
    )


class TelemetrySettings(Group):
    """Where spans go; the rest of `OTEL_*` is read by OpenTelemetry itself."""

    exporter: Literal["otlp", "zipkin", "console", "none"] = Field(
        "none", validation_alias="OTEL_TRACES_EXPORTER", description="Exporter of spans"
    )


class OwnerSettings(Group):
    """The one setting that `migrate` needs, so that the others may be absent."""

    postgres_owner: PostgresUrl = Field(description="URL of the database, with the owner's role")


S = TypeVar("S", bound=Group)


def variable(settings_type: type[Group], field: str, prefix: str | None = None) -> str:
    """Return the environment variable that a field is read from."""
    declared = settings_type.model_fields[field].validation_alias
    if isinstance(declared, str):
        return declared
    default = str(settings_type.model_config.get("env_prefix", ""))
    return f"{default if prefix is None else prefix}{field}".upper()


def load(settings_type: type[S], prefix: str | None = None) -> S:
    """Read the environment; with a fault, print one line per fault and exit 78.

    No line holds a value: a fault in a secret would otherwise print it.
    """
    given: Mapping[str, Any] = {} if prefix is None else {"_env_prefix": prefix}
    try:
        return settings_type(**given)
    except Invalid as error:
        refuse(*_lines(settings_type, error, prefix))


def refuse(*faults: str) -> NoReturn:
    """Print the faults and exit 78."""
    lines = "".join(f"  {fault}\n" for fault in faults)
    sys.stderr.write(f"These settings cannot be used:\n{lines}")
    raise SystemExit(EX_CONFIG)


def _lines(settings_type: type[Group], error: Invalid, prefix: str | None) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        first, *rest = [str(part) for part in validation.place(fault)] or ["settings"]
        is_field = first in settings_type.model_fields
        name = variable(settings_type, first, prefix) if is_field else first
        yield f"{'/'.join([name, *rest])}: {validation.title(fault)}"
