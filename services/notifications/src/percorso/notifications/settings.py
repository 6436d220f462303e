"""What notifications reads from its environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import AnyHttpUrl, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import (
    Duration,
    HttpSettings,
    KafkaSettings,
    PostgresSettings,
    TokenSettings,
)
from percorso.notifications.channels.composition import ADDRESS, MAX_ADDRESS
from percorso.notifications.channels.email import Security


class MailSettings(HttpSettings):
    """Where mail is handed in, and who writes it."""

    smtp_host: str = Field("127.0.0.1", min_length=1, description="Host of the mail server")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Port of the mail server")
    smtp_security: Security = Field(
        "none", description="How to speak with it: `none`, `starttls` or `tls`"
    )
    smtp_user: str | None = Field(None, min_length=1, description="User at the mail server")
    smtp_password: SecretStr | None = Field(None, description="That user's password")
    smtp_deadline: Duration = Field(
        timedelta(seconds=20),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=2),
        description="A conversation with it that lasts longer is given up; seconds or ISO 8601",
    )
    smtp_slots: int = Field(8, ge=1, le=100, description="Conversations with it at the same time")
    mail_from: str = Field(
        pattern=f"^{ADDRESS}$",
        max_length=MAX_ADDRESS,
        description="Address that writes; its domain ends the Message-ID of every mail",
    )
    mail_name: str = Field(
        "Percorso", pattern=r"^[^\x00-\x1f\x7f]{1,64}$", description="Name that writes"
    )


class Settings(MailSettings, PostgresSettings, KafkaSettings, TokenSettings):
    """Notifications' settings."""

    model_config = SettingsConfigDict(env_prefix="PERCORSO_NOTIFICATIONS_")

    port: int = Field(
        8004, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
    identity_url: AnyHttpUrl = Field(description="URL of identity, which releases addresses")
    service_key_file: Path = Field(
        description="PEM file of the EC P-256 private key by which identity knows this service"
    )
    key_file: Path = Field(
        description="File with the key that makes the codes of messages and signs cursors, 32 bytes "
        "or more; while messages wait it must stay the same"
    )
    codes_url: AnyHttpUrl = Field(description="Page where citizens check the code of a message")
    consents_url: AnyHttpUrl = Field(description="Page where citizens withdraw their consent")
    suggestions_a_day: int = Field(
        2, ge=1, le=100, description="Suggestions that may reach a citizen in any 24 hours"
    )
    suggestions_a_week: int = Field(
        4, ge=1, le=100, description="Suggestions that may reach a citizen in any 7 days"
    )
    attempts: int = Field(
        12, ge=1, le=100, description="Failed attempts after which a message is given up"
    )
