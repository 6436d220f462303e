"""Who calls in a run: their tokens, asked for before anything breaks, and their connections."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import msgspec

from percorso.city.agencies import AGENCIES
from tests.chaos.stack import Stack
from tests.chaos.subjects import AGENCY, Subject

TIMEOUT_S = 8.0  # longer than the door may take, so that a late answer is seen as late
_OPERATOR = {"agency": AGENCY, "role": "operations", "purpose": "chaos", "case": "chaos"}


@dataclass(frozen=True, slots=True)
class Callers:
    """Open connections to both services, and a token for everybody, by code or name."""

    identity: httpx.AsyncClient
    journey: httpx.AsyncClient
    agencies: Mapping[str, str]
    operations: str
    citizens: Mapping[str, str]

    def pseudonyms(self) -> dict[str, str]:
        """Return what identity made of each subject, as its token says it."""
        return {_sub(token): name for name, token in self.citizens.items()}


@asynccontextmanager
async def connected(stack: Stack, subjects: Sequence[Subject]) -> AsyncIterator[Callers]:
    """Connect to a stack that is ready; the tokens outlive the run."""
    async with (
        _client(stack.addresses["identity"]) as identity,
        _client(stack.addresses["journey"]) as journey,
    ):
        secret = stack.local_secret
        yield Callers(
            identity=identity,
            journey=journey,
            agencies={
                each.code: await _token(identity, secret, caller="agency", code=each.code)
                for each in AGENCIES
            },
            operations=await _token(identity, secret, caller="operator", **_OPERATOR),
            citizens={
                each.name: await _token(
                    identity, secret, caller="citizen", identifier=each.identifier
                )
                for each in subjects
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


def _sub(token: str) -> str:
    claims = token.split(".")[1]
    decoded = msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    subject: str = decoded["sub"]
    return subject
