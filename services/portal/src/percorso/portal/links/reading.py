"""The links that join a citizen's subjects, as identity gives and undoes them."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from percorso.portal.apis.calls import Apis

PATH = "/v1/links"


class Link(BaseModel):
    """Another way in which the citizen is known, and who says that it is theirs."""

    link_id: UUID
    proof: Literal["login", "agency", "operator"]
    agency: str | None
    asserted_at: AwareDatetime


class Links(BaseModel):
    """The links that live."""

    items: list[Link]


async def mine(apis: Apis, authorization: str) -> Links:
    """Return what is linked with the visitor."""
    return await apis.read(Links, "identity", f"{PATH}/me", authorization)


async def undo(apis: Apis, authorization: str, link: UUID) -> None:
    """Undo a link exactly: what came by it belongs to the visitor no more."""
    await apis.send("identity", "DELETE", f"{PATH}/{link}", authorization)
