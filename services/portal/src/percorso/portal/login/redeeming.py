"""Fetches who has logged in, with the code that the browser brings and the verifier that it kept."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from pydantic import BaseModel, Field

from percorso.portal.apis.calls import Apis

PATH = "/v1/login/sessions"


class LoggedIn(BaseModel):
    """A citizen's token, and where they wanted to go."""

    access_token: str = Field(repr=False)
    expires_in: Annotated[int, Field(gt=0)]
    level: Annotated[int, Field(ge=1, le=3)]
    return_to: str


class Redeeming:
    """Asks identity as the portal itself, which is known there by its key."""

    def __init__(self, apis: Apis, authorization: Callable[[], Awaitable[str]]) -> None:
        self._apis = apis
        self._authorization = authorization

    async def redeem(self, code: str, verifier: str) -> LoggedIn:
        """Return who has logged in, once; Refused where the code is not this browser's."""
        body = {"code": code, "verifier": verifier}
        own = await self._authorization()
        return await self._apis.change(LoggedIn, "identity", "POST", PATH, own, body)
