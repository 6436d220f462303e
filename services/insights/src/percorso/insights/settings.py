"""What insights reads from its environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from percorso.chassis.settings import HttpSettings, KafkaSettings, PostgresSettings, TokenSettings
from percorso.insights.decisions.inputs import Policy
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

    max_open: int = Field(
        3, ge=0, le=100, description="Suggestions that a citizen may have open; duties not counted"
    )
    per_week: int = Field(
        1,
        ge=0,
        le=100,
        description="New suggestions to a citizen in seven days; duties not counted",
    )
    same_service_days: int = Field(
        90, ge=0, le=366, description="Days before the same service is suggested to a citizen again"
    )
    complaint_days: int = Field(
        180,
        ge=0,
        le=3_650,
        description="Days for which a complaint without an answer keeps suggestions back",
    )

    @property
    def policy(self) -> Policy:
        """Return how much a citizen is told at the most."""
        return Policy(
            max_open=self.max_open,
            per_week=self.per_week,
            same_service_days=self.same_service_days,
            complaint_days=self.complaint_days,
        )

    @property
    def rules(self) -> Path:
        """Return the folder that is watched."""
        return self.rules_folder or ITALY
