"""Consents: what a citizen allows, and deciding it as that citizen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from percorso.client.remote import Remote

_PATH = "/v1/consents/me"


class Consent(BaseModel):
    """One purpose on one channel; members that this version does not know are ignored."""

    model_config = ConfigDict(frozen=True)

    purpose: str
    channel: str
    basis: str
    holds: bool
    version: int | None = None
    decided_at: datetime | None = None


class Receipt(BaseModel):
    """The proof of a decision, which the citizen keeps."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    subject: UUID
    purpose: str
    channel: str
    given: bool
    version: int
    decided_at: datetime
    text_version: int


class _Consents(BaseModel):
    items: Sequence[Consent]


class Consents:
    """Identity's routes for consents; `token` is a citizen's."""

    def __init__(self, identity: Remote) -> None:
        self._identity = identity

    def read(self, *, token: str) -> Sequence[Consent]:
        """Read every purpose on every channel."""
        answer = self._identity.call("GET", _PATH, token=token)
        return self._identity.read(answer, _Consents).items

    def decide(self, purpose: str, channel: str, *, given: bool, token: str) -> Receipt:
        """Give or withdraw a consent; the same again gives the same receipt.

        Refused with `rests-on-law` where there is nothing to decide.
        """
        path = f"{_PATH}/{purpose}/{channel}"
        answer = self._identity.call("PUT", path, token=token, body={"given": given})
        return self._identity.read(answer, Receipt)
