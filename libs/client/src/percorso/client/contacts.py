"""Contacts: where a citizen wants to be reached, said as that citizen."""

from pydantic import BaseModel, ConfigDict, Field

from percorso.client.remote import Remote

_PATH = "/v1/contacts/me"


class Addresses(BaseModel):
    """A citizen's addresses in their one form, None where there is none; kept out of `repr`."""

    model_config = ConfigDict(frozen=True)

    email: str | None = Field(repr=False)
    phone: str | None = Field(repr=False)


class Contacts:
    """Identity's routes for contacts; `token` is a citizen's."""

    def __init__(self, identity: Remote) -> None:
        self._identity = identity

    def read(self, *, token: str) -> Addresses:
        """Read the addresses."""
        return self._identity.read(self._identity.call("GET", _PATH, token=token), Addresses)

    def change(self, *, email: str | None, phone: str | None, token: str) -> Addresses:
        """Say all addresses; None removes one. Refused with `invalid-request` for what is none."""
        body = {"email": email, "phone": phone}
        return self._identity.read(
            self._identity.call("PUT", _PATH, token=token, body=body), Addresses
        )
