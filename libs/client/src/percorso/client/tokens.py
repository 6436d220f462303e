"""Tokens: asked of the local issuer for whoever is to call, or one that the user brought."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from percorso.client.errors import Refused
from percorso.client.identifiers import SubjectIdentifier
from percorso.client.problems import Problem
from percorso.client.remote import Remote

RENEW_BEFORE_S = 120.0  # longer than one batch with its retries, so that no batch meets an old one


class Role(StrEnum):
    """What an operator may do."""

    DESK = "desk"
    OWNER = "owner"
    OPERATIONS = "operations"


class IssuedToken(BaseModel):
    """A token as the issuer answered it."""

    model_config = ConfigDict(frozen=True)

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme, no secret
    expires_in: int

    def __repr__(self) -> str:
        return f"IssuedToken(expires_in={self.expires_in})"


class Tokens(Protocol):
    """Who can give a token for a caller."""

    def agency(self, code: str) -> str:
        """Give a token of this agency."""

    def citizen(self, identifier: SubjectIdentifier) -> str:
        """Give a token of the citizen whom the identifier names."""

    def operations(self, purpose: str) -> str:
        """Give a token of an operator with the role `operations`."""


class GivenToken:
    """The one token that the user brought; it says itself who calls."""

    def __init__(self, token: str) -> None:
        self._token = token

    def agency(self, code: str) -> str:  # noqa: ARG002 - the token says which agency
        """Give the token."""
        return self._token

    def citizen(self, identifier: SubjectIdentifier) -> str:  # noqa: ARG002
        """Give the token."""
        return self._token

    def operations(self, purpose: str) -> str:  # noqa: ARG002
        """Give the token."""
        return self._token


class LocalTokens:
    """Tokens of the local issuer, kept until shortly before they expire."""

    def __init__(
        self, identity: Remote, secret: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._identity = identity
        self._secret = secret
        self._clock = clock
        self._agencies: dict[str, tuple[str, float]] = {}

    def agency(self, code: str) -> str:
        """Give a token of this agency; Refused says how to register one that is not."""
        token, good_until = self._agencies.get(code, ("", 0.0))
        if token and self._clock() < good_until:
            return token
        issued = self.issue_agency(code)
        good_until = self._clock() + issued.expires_in - RENEW_BEFORE_S
        self._agencies[code] = (issued.access_token, good_until)
        return issued.access_token

    def citizen(self, identifier: SubjectIdentifier) -> str:
        """Give a fresh token of this citizen, level 2."""
        return self.issue_citizen(identifier).access_token

    def operations(self, purpose: str) -> str:
        """Give a fresh token for the command line's own housekeeping."""
        return self.issue_operator(
            agency="c_a182", role=Role.OPERATIONS, purpose=purpose, case="cli"
        ).access_token

    def issue_agency(self, code: str) -> IssuedToken:
        """Ask for an agency's token."""
        return self._issue_of(code, {"caller": "agency", "code": code})

    def issue_citizen(self, identifier: SubjectIdentifier, *, level: int = 2) -> IssuedToken:
        """Ask for a citizen's token."""
        return self._issue({"caller": "citizen", "identifier": identifier.body(), "level": level})

    def issue_operator(self, *, agency: str, role: Role, purpose: str, case: str) -> IssuedToken:
        """Ask for an operator's token."""
        asked = {"agency": agency, "role": role.value, "purpose": purpose, "case": case}
        return self._issue_of(agency, {"caller": "operator", **asked})

    def _issue_of(self, agency: str, asked: Mapping[str, Any]) -> IssuedToken:
        try:
            return self._issue(asked)
        except Refused as error:
            if error.problem.slug == "unknown-agency":
                raise unknown_agency(agency, error.problem) from error
            raise

    def _issue(self, asked: Mapping[str, Any]) -> IssuedToken:
        answer = self._identity.call("POST", "/v1/tokens", token=self._secret, body=asked)
        return self._identity.read(answer, IssuedToken)


def unknown_agency(code: str, problem: Problem) -> Refused:
    """Say that an agency is not registered, and how to register it."""
    sentence = (
        f"the agency {code} is not registered; "
        f"register it: percorso agency add {code} --source urn:it:{code}:"
    )
    return Refused(sentence, status=404, problem=problem.model_copy(update={"title": sentence}))


def is_operator(token: str) -> bool:
    """Read whether a token calls itself an operator's; only services check whether that is true."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return False
    return isinstance(claims, dict) and "role" in claims
