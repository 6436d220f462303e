"""One request of a browser: in which language, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from percorso.portal.pages.languages import Language
from percorso.portal.sessions.session import Kind, Session


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at which page; `session` is None for somebody who has not logged in."""

    path: str  # with its query
    language: Language
    session: Session | None = None

    @property
    def is_citizen(self) -> bool:
        """Whether a citizen has logged in."""
        return self.session is not None and self.session.content.kind is Kind.CITIZEN

    @property
    def is_operations(self) -> bool:
        """Whether somebody who looks after the stack has logged in."""
        return self.session is not None and self.session.content.kind is Kind.OPERATIONS


@dataclass(frozen=True, slots=True)
class Known(Visit):
    """A visit by somebody who has logged in."""

    session: Session


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that its own session has sent."""

    visit: Known
    fields: Mapping[str, str]


class LoginNeeded(Exception):
    """Nobody has logged in, or somebody else than is needed; `login` is where they may."""

    def __init__(self, login: str) -> None:
        super().__init__("a login is needed")
        self.login = login


class Forged(Exception):
    """A form that this session has not shown."""
