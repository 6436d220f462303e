"""Problem: why a service refused something, in the form of RFC 9457."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Fault(BaseModel):
    """One member of a request that a service did not accept."""

    model_config = ConfigDict(frozen=True)

    pointer: str | None = None
    title: str | None = None


class Problem(BaseModel):
    """A refusal; members that this version does not know are ignored."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str = "refused"
    status: int | None = None
    detail: str | None = None
    pointer: str | None = None
    errors: Sequence[Fault] = Field(default=())

    @property
    def slug(self) -> str:
        """The last part of the type, by which programs tell problems apart."""
        return self.type.replace("/", ":").rsplit(":", 1)[-1]

    def document(self) -> dict[str, Any]:
        """Return the members that the problem has, for JSON."""
        return self.model_dump(exclude_none=True, exclude=None if self.errors else {"errors"})

    def sentence(self) -> str:
        """Say the problem in one line."""
        parts = [self.title, self.detail, self.pointer, *map(_fault_sentence, self.errors[:3])]
        return "; ".join(part for part in parts if part)


def read_problem(body: bytes, *, status: int) -> Problem:
    """Read a problem from an error's body; a body of another shape gives a bare one."""
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return Problem(title=f"it answered {status}", status=status)


def _fault_sentence(fault: Fault) -> str:
    return " ".join(part for part in (fault.pointer, fault.title) if part)
