"""Who calls in a run: their tokens, asked for before anything breaks, and their connections."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.chaos.citizens import AGENCY, Citizen
from tests.chaos.stack import Stack

TIMEOUT_S = 8.0  # longer than the door may take, so that a late answer is seen as late
_OPERATOR = {"agency": AGENCY, "role": "operations", "purpose": "chaos", "case": "chaos"}


@dataclass(frozen=True, slots=True)
class Callers:
    """Open connections to both services, and a token for everybody."""

    identity: httpx.AsyncClient
    journey: httpx.AsyncClient
    agency: str
    operations: str
    citizens: Mapping[int, str]


@asynccontextmanager
async def connected(stack: Stack, citizens: Sequence[Citizen]) -> AsyncIterator[Callers]:
    """Connect to a stack that is ready; the tokens outlive the run."""
    async with (
        _client(stack.addresses["identity"]) as identity,
        _client(stack.addresses["journey"]) as journey,
    ):
        secret = stack.local_secret
        yield Callers(
            identity=identity,
            journey=journey,
            agency=await _token(identity, secret, caller="agency", code=AGENCY),
            operations=await _token(identity, secret, caller="operator", **_OPERATOR),
            citizens={
                each.number: await _token(
                    identity, secret, caller="citizen", identifier=each.identifier
                )
                for each in citizens
            },
        )


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)


async def _token(identity: httpx.AsyncClient, secret: str, **asked: object) -> str:
    answer = await identity.post("/v1/tokens", json=asked, headers=bearer(secret))
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token
