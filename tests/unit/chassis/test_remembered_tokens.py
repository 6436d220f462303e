"""What the verifier remembers: callers until their tokens end, keys until they are withdrawn."""

from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from percorso.chassis.callers import Service
from percorso.chassis.problems import Unauthorized
from percorso.chassis.testing import FakeClock, Issuer
from percorso.chassis.tokens import MAX_CACHED, Refusal, Tokens
from percorso.events.errors import Unavailable


async def refusal(tokens: Tokens, header: str | None) -> str | None:
    with pytest.raises(Unauthorized) as caught:
        await tokens.verify(header)
    return caught.value.detail


async def test_a_verified_token_costs_no_crypto_again(
    tokens: Tokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = issuer.agency("identity")
    assert tokens.cached(header) is None
    caller = await tokens.verify(header)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("crypto for a token that was verified before")

    monkeypatch.setattr(jws, "deserialize_compact", never)
    monkeypatch.setattr(jws, "extract_compact", never)

    assert tokens.cached(header) is caller
    assert await tokens.verify(header) is caller


@pytest.mark.parametrize("header", [None, "", "Bearer x", "é", "\udc80", "x" * 100_000])
def test_what_was_never_verified_is_not_cached(tokens: Tokens, header: str | None) -> None:
    assert tokens.cached(header) is None


async def test_a_cached_token_ends_with_its_time(
    tokens: Tokens, issuer: Issuer, clock: FakeClock
) -> None:
    header = issuer.agency("identity")
    await tokens.verify(header)

    clock.advance(659.9)
    assert tokens.cached(header)
    clock.advance(0.1)
    assert tokens.cached(header) is None


async def test_a_refused_token_is_not_remembered(tokens: Tokens, issuer: Issuer) -> None:
    header = issuer.operator("identity", role="king")

    await refusal(tokens, header)

    assert tokens.cached(header) is None


async def test_the_cache_forgets_what_was_used_longest_ago(tokens: Tokens, issuer: Issuer) -> None:
    first, second = issuer.agency("identity"), issuer.agency("identity")
    await tokens.verify(first)
    await tokens.verify(second)

    for number in range(MAX_CACHED - 2):
        tokens._remember(f"Bearer {number}", float("inf"), Service("x"))
    assert tokens.cached(first)
    tokens._remember("Bearer one more", float("inf"), Service("x"))

    assert tokens.cached(first)
    assert tokens.cached(second) is None


async def test_keys_are_fetched_once(tokens: Tokens, issuer: Issuer) -> None:
    for _ in range(3):
        await tokens.verify(issuer.agency("identity"))

    assert issuer.fetches == 1


async def test_an_unknown_key_is_asked_for_once_in_ten_seconds(
    tokens: Tokens, issuer: Issuer, clock: FakeClock
) -> None:
    await tokens.verify(issuer.agency("identity"))
    issuer.key = ECKey.generate_key("P-256", {"kid": str(uuid4())})

    clock.advance(10)
    for _ in range(3):
        assert await refusal(tokens, issuer.agency("identity")) == Refusal.UNTRUSTED
    assert issuer.fetches == 2
    clock.advance(9.9)
    assert await refusal(tokens, issuer.agency("identity")) == Refusal.UNTRUSTED
    assert issuer.fetches == 2
    clock.advance(0.1)
    assert await refusal(tokens, issuer.agency("identity")) == Refusal.UNTRUSTED
    assert issuer.fetches == 3


async def test_a_new_key_is_found(tokens: Tokens, issuer: Issuer, clock: FakeClock) -> None:
    await tokens.verify(issuer.agency("identity"))
    issuer.key = ECKey.generate_key("P-256", {"kid": "two"})
    issuer.keys.append(issuer.key)
    clock.advance(10)

    assert await tokens.verify(issuer.agency("identity"))


async def test_a_withdrawn_key_is_forgotten(
    tokens: Tokens, issuer: Issuer, clock: FakeClock
) -> None:
    await tokens.verify(issuer.agency("identity"))
    issuer.keys.clear()

    clock.advance(599)
    assert await tokens.verify(issuer.agency("identity"))
    clock.advance(1)
    assert await refusal(tokens, issuer.agency("identity")) == Refusal.UNTRUSTED


async def test_an_issuer_that_is_away_makes_us_unavailable(
    tokens: Tokens, issuer: Issuer, clock: FakeClock
) -> None:
    issuer.is_away = True

    for _ in range(3):
        with pytest.raises(Unavailable):
            await tokens.verify(issuer.agency("identity"))
    assert issuer.fetches == 1
    issuer.is_away = False
    clock.advance(1)

    assert await tokens.verify(issuer.agency("identity"))


async def test_known_keys_outlive_their_issuer(
    tokens: Tokens, issuer: Issuer, clock: FakeClock
) -> None:
    await tokens.verify(issuer.agency("identity"))
    issuer.is_away = True
    clock.advance(86_400)

    assert await tokens.verify(issuer.agency("identity"))
    issuer.key = ECKey.generate_key("P-256", {"kid": "two"})
    with pytest.raises(Unavailable):
        await tokens.verify(issuer.agency("identity"))
