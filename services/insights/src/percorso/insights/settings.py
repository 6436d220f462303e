"""What insights reads from its environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import HttpSettings, KafkaSettings, PostgresSettings, TokenSettings


class Settings(HttpSettings, PostgresSettings, KafkaSettings, TokenSettings):
    """Insights' settings."""

    model_config = SettingsConfigDict(env_prefix="PERCORSO_INSIGHTS_")

    port: int = Field(
        8003, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
