"""Asks identity, at the moment of sending, whether a message may go and where to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx

from percorso.chassis import logs
from percorso.events.errors import Unavailable
from percorso.events.tracing import current_traceparent
from percorso.notifications.delivery.outcomes import Outcome

PATH = "/v1/contacts/release"
DEADLINE_S = (
    3.0  # one transaction of identity's; it waits 2 s at the most for a connection of its own
)
_PROBLEM = "urn:percorso:problem:"
_WITHHELD = {
    f"{_PROBLEM}no-consent": Outcome.NO_CONSENT,
    f"{_PROBLEM}no-address": Outcome.NO_ADDRESS,
}
_log = logs.get(__name__)

Authorization = Callable[[], Awaitable[str]]


class Withheld(Exception):
    """The message may not go; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


class Vault:
    """Identity's vault of addresses; every release is an entry that the citizen can see."""

    def __init__(
        self, identity_url: str, authorization: Authorization, client: httpx.AsyncClient
    ) -> None:
        self._url = f"{identity_url.rstrip('/')}{PATH}"
        self._authorization = authorization
        self._client = client

    async def release(
        self, subject: UUID, *, purpose: str, via: str, reference: UUID
    ) -> str | None:
        """Return the address, None on a channel that needs none.

        Withheld: there is no consent, no address, or no such purpose or channel. Unavailable: nobody
        knows; nothing may leave.
        """
        asked = {
            "subject": str(subject),
            "purpose": purpose,
            "channel": via,
            "reference": str(reference),
        }
        headers = {"Authorization": await self._authorization()} | _trace()
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._client.post(self._url, json=asked, headers=headers)
        except (TimeoutError, httpx.HTTPError) as error:
            raise Unavailable("identity is away") from error
        return _read(answer)


def _trace() -> dict[str, str]:
    here = current_traceparent()
    return {"traceparent": here} if here else {}


def _read(answer: httpx.Response) -> str | None:
    said = _members(answer)
    if answer.status_code == httpx.codes.OK and "address" in said:
        return _address(said["address"])
    if answer.status_code in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND} and (
        outcome := _WITHHELD.get(str(said.get("type")))
    ):
        raise Withheld(outcome)
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        _log.error("identity does not know what a message is for")
        raise Withheld(Outcome.DEFERRED)  # this message alone: no other waits for it
    if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
        # Not an answer to what we ask: a wrong key, or an identity that does not know the call.
        _log.error(
            "identity does not understand the call for an address", status=answer.status_code
        )
    raise Unavailable("identity gives no answer")


def _address(said: object) -> str | None:
    if said is None or isinstance(said, str):
        return said
    raise Unavailable("identity's answer is no address")


def _members(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
