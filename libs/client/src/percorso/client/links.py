"""Links: saying as an agency that two identifiers are one person's, and taking it back."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from percorso.client.identifiers import SubjectIdentifier
from percorso.client.remote import Remote


class Link(BaseModel):
    """A link as identity answered it."""

    model_config = ConfigDict(frozen=True)

    link_id: UUID


class Links:
    """Identity's routes for links."""

    def __init__(self, identity: Remote) -> None:
        self._identity = identity

    def add(
        self, one: SubjectIdentifier, other: SubjectIdentifier, *, reference: str, token: str
    ) -> UUID:
        """Say it; while it holds, saying the same again gives the same link.

        Refused with `two-people` when it would join two people.
        """
        proof = {"kind": "agency", "reference": reference}
        body = {"subjects": [one.body(), other.body()], "proof": proof}
        answer = self._identity.call("POST", "/v1/links", token=token, body=body)
        return self._identity.read(answer, Link).link_id

    def undo(self, link_id: UUID, *, token: str) -> None:
        """Take it back; what is undone stays so."""
        self._identity.call("DELETE", f"/v1/links/{link_id}", token=token)
