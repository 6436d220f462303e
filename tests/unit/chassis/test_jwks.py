"""What of an issuer's key document is used."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey

from percorso.chassis.jwks import MAX_DOCUMENT, KeySource
from percorso.chassis.testing import FakeClock
from percorso.events.errors import Unavailable

GOOD = ECKey.generate_key("P-256", {"kid": "good"})


def source(answer: httpx.Response | Exception) -> KeySource:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return KeySource("https://issuer.example/jwks.json", client, FakeClock())


def document(*keys: Any) -> httpx.Response:
    return httpx.Response(200, content=json.dumps({"keys": keys}))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("away"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500),
        httpx.Response(302, headers={"location": "https://evil.example"}),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b"7"),
        httpx.Response(200, content=b"{}"),
        httpx.Response(200, content=b'{"keys": 7}'),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b" " * (MAX_DOCUMENT + 1) + b'{"keys": []}'),
    ],
)
async def test_a_document_that_cannot_be_had_is_no_document(answer: Any) -> None:
    with pytest.raises(Unavailable):
        await source(answer).find("good")


@pytest.mark.parametrize(
    "useless",
    [
        OctKey.generate_key(256, {"kid": "bad"}).as_dict(),
        ECKey.generate_key("P-384", {"kid": "bad"}).as_dict(private=False),
        ECKey.generate_key("P-256", {"kid": "bad", "use": "enc"}).as_dict(private=False),
        {"kty": "RSA", "kid": "bad", "n": "AQAB" * 20, "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "kid": "bad", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "kid": "bad"},
        {"kty": "EC", "crv": "P-256", "kid": "bad", "x": 7, "y": None},
        {"kty": "RSA", "kid": "bad", "n": "!" * 400, "e": "AQAB"},
        {"kty": ["EC"], "kid": "bad"},
        {"kid": "bad"},
        {"kty": "EC", "kid": 7},
        "bad",
        None,
    ],
)
async def test_a_useless_key_does_not_spoil_the_others(useless: Any) -> None:
    keys = source(document(useless, GOOD.as_dict(private=False)))

    assert await keys.find("good") is not None
    assert await keys.find("bad") is None


async def test_a_private_key_published_by_mistake_is_not_kept() -> None:
    key = await source(document(GOOD.as_dict(private=True))).find("good")

    assert key is not None
    assert not key.is_private


async def test_many_callers_cause_one_fetch() -> None:
    fetches = 0

    async def respond(_: httpx.Request) -> httpx.Response:
        nonlocal fetches
        fetches += 1
        await asyncio.sleep(0)
        return document(GOOD.as_dict(private=False))

    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    keys = KeySource("https://issuer.example/jwks.json", client, FakeClock())

    found = await asyncio.gather(*(keys.find("good") for _ in range(20)))

    assert all(found)
    assert fetches == 1
