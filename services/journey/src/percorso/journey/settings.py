"""The settings of the journey service, composed of the chassis' groups."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import HttpSettings, KafkaSettings, PostgresSettings, TokenSettings


class Settings(HttpSettings, PostgresSettings, KafkaSettings, TokenSettings):
    """Everything the journey service reads from its environment."""

    model_config = SettingsConfigDict(env_prefix="PERCORSO_JOURNEY_")

    port: int = Field(
        8002, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
    cursor_key_file: Path = Field(
        description="File with the key that signs cursors, 32 bytes or more"
    )
    worker: str = Field(
        "",
        pattern=r"^[a-z0-9-]{0,32}$",
        description="This worker's number in the group (static membership); empty when workers scale",
    )
