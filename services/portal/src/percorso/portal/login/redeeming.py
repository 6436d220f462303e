"""Fetches who has logged in, with the code that the browser brings and the verifier that it kept."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from percorso.chassis import logs
from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Refused

PATH = "/v1/login/sessions"
VISITOR = "/visitor"
_log = logs.get(__name__)


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

    async def redeem(self, code: str, verifier: str, visitor: str | None) -> LoggedIn:
        """Return who has logged in, once; Refused where the code is not this browser's.

        The visitor, `agency:code`, is linked with whoever it is, unless identity takes none of that
        agency's: a login stands without it.
        """
        body = {"code": code, "verifier": verifier}
        if visitor is None:
            return await self._redeem(body)
        try:
            return await self._redeem({**body, "visitor": visitor})
        except Refused as refusal:
            if VISITOR not in refusal.pointers:
                raise
        _log.error("the agency of the site may not link: its visitors are linked with nobody")
        return await self._redeem(body)

    async def _redeem(self, body: Mapping[str, str]) -> LoggedIn:
        own = await self._authorization()
        return await self._apis.change(LoggedIn, "identity", "POST", PATH, own, body)
