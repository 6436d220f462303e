"""A web session: for whom it is, at which level, and until when; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from percorso.portal.sessions.secret import Secret


class Kind(StrEnum):
    """Who has logged in."""

    CITIZEN = "citizen"
    OPERATIONS = "operations"


class Content(BaseModel):
    """What is sealed: the token with which the session's pages ask the APIs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Kind
    token: str = Field(repr=False)
    level: int = 0  # of a citizen's login, 1 to 3


@dataclass(frozen=True, slots=True)
class Session:
    """One session that lives."""

    secret: Secret
    content: Content
    ends_at: datetime

    @property
    def authorization(self) -> str:
        """Return the header that goes with requests to the APIs."""
        return f"Bearer {self.content.token}"
