"""What insights reads from its environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import HttpSettings, KafkaSettings, PostgresSettings, TokenSettings
from percorso.insights.rules.files import ITALY

PREFIX = "PERCORSO_INSIGHTS_"


class Settings(HttpSettings, PostgresSettings, KafkaSettings, TokenSettings):
    """Insights' settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    port: int = Field(
        8003, ge=0, le=65_535, description="Port that HTTP listens on; 0 is a free one"
    )
    rules_folder: Path | None = Field(
        None,
        description="Folder with services, facts and rules, watched for edits; the shipped ones by default",
    )

    @property
    def rules(self) -> Path:
        """Return the folder that is watched."""
        return self.rules_folder or ITALY
