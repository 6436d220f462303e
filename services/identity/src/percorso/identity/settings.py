"""What identity reads from its environment."""

from pathlib import Path
from typing import Annotated

from pydantic import AnyHttpUrl, BeforeValidator, Field
from pydantic_settings import NoDecode, SettingsConfigDict

from percorso.chassis.settings import (
    HttpSettings,
    KafkaSettings,
    PostgresSettings,
    TokenSettings,
    parsed,
)
from percorso.identity.login.registrations import Registration

PREFIX = "PERCORSO_IDENTITY_"


class Settings(HttpSettings, PostgresSettings, KafkaSettings, TokenSettings):
    """Identity's settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    port: int = Field(
        8001, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
    subject_key_file: Path = Field(
        description="File of the key of all subjects: base64url text of 32 bytes or more; "
        "losing it splits every citizen"
    )
    vault_key_file: Path = Field(
        description="File of the vault's master keys, 64 hexadecimal digits a line: the first wraps, "
        "the others only open; losing it loses every address"
    )
    issuer: str = Field(min_length=1, max_length=256, description="URL of our own issuer of tokens")
    issuer_key_file: Path = Field(description="PEM file of the issuer's EC P-256 private key")
    service_keys_file: Path = Field(
        description="JWKS file of our services' public keys, each with the service's name as `kid`; "
        "whoever holds the other half gets tokens of that service"
    )
    local_secret_file: Path | None = Field(
        None, description="File of the secret that opens POST /v1/tokens; only in the local stack"
    )
    login_providers: Annotated[tuple[Registration, ...], NoDecode, BeforeValidator(parsed)] = Field(
        (),
        description="JSON list of the providers of identities at which citizens log in: `issuer`, "
        "`client_id`, `signing_key_file`, `encryption_key_file` (RSA, PEM); the first is the one "
        "that is asked where none is named; without any there is no login",
    )
    portal_callback: AnyHttpUrl | None = Field(
        None, description="URL of the portal to which browsers return from a login; needed with one"
    )
