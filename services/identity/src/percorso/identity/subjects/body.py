"""How a request names a citizen."""

from pydantic import BaseModel, ConfigDict, Field

from percorso.identity.subjects.identifiers import MAX_VALUE_LENGTH


class IdentifierBody(BaseModel):
    """By what a citizen is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    scheme: str = Field(max_length=32)
    value: str = Field(max_length=MAX_VALUE_LENGTH)
