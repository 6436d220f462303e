"""What notifications reads from its environment."""

from pathlib import Path

from pydantic import AnyHttpUrl, Field
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import HttpSettings, KafkaSettings, PostgresSettings, TokenSettings


class Settings(HttpSettings, PostgresSettings, KafkaSettings, TokenSettings):
    """Notifications' settings."""

    model_config = SettingsConfigDict(env_prefix="PERCORSO_NOTIFICATIONS_")

    port: int = Field(
        8004, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
    identity_url: AnyHttpUrl = Field(description="URL of identity, which releases addresses")
    service_key_file: Path = Field(
        description="PEM file of the EC P-256 private key by which identity knows this service"
    )
    smtp_host: str = Field("127.0.0.1", min_length=1, description="Host of the mail server")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Port of the mail server")
