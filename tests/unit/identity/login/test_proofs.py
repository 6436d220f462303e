"""What a provider signs: whatever stands in it, it proves a login or is refused."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from percorso.identity.login import levels, proofs
from percorso.identity.login.faults import Fault, Refused, told
from percorso.identity.login.proofs import FISCAL_NUMBER, Expected, LoggedIn
from tests.support.clients import ENCRYPTION
from tests.support.logins import OWN, encrypted, signed

NOW = 1_800_000_000
EXPECTED = Expected("https://provider.example", "https://us.example", "nonce", 2)
WHO = LoggedIn("somebody", 2)
GOOD = {
    "iss": EXPECTED.issuer,
    "aud": EXPECTED.client_id,
    "sub": WHO.subject,
    "acr": "https://www.spid.gov.it/SpidL2",
    "nonce": EXPECTED.nonce,
    "at_hash": urlsafe_b64encode(sha256(b"token").digest()[:16]).decode().rstrip("="),
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 60,
}
SAID = {"iss": EXPECTED.issuer, "sub": WHO.subject, FISCAL_NUMBER: "TINIT-X"}
# Of which kind a claim is; what it says then is tested elsewhere.
KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("iat", "nbf", "exp"), (int, float)),
    **dict.fromkeys(("sub", FISCAL_NUMBER), (str,)),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def judged(claims: dict[str, Any], header: dict[str, Any] | None = None) -> LoggedIn:
    """Judge an ID token."""
    return proofs.logged_in(header or {"alg": "RS256"}, claims, "token", expected=EXPECTED, now=NOW)


def test_a_good_token_proves_a_login() -> None:
    assert judged(GOOD) == WHO
    assert judged(GOOD | {"aud": [EXPECTED.client_id], "azp": EXPECTED.client_id}) == WHO


@pytest.mark.parametrize(("changed", "seconds"), [("exp", -59), ("nbf", 60), ("iat", 60)])
def test_clocks_may_differ_by_a_minute(changed: str, seconds: int) -> None:
    assert judged(GOOD | {changed: NOW + seconds}) == WHO
    with pytest.raises(Refused):
        judged(GOOD | {changed: NOW + seconds + (1 if seconds > 0 else -1)})


def fault_of(judge: Callable[[], object]) -> Fault | None:
    """Return why it is refused, None where it is not."""
    try:
        judge()
    except Refused as refusal:
        return refusal.fault
    return None


@given(st.sampled_from(sorted(GOOD)), JSON)
def test_a_claim_of_any_other_kind_is_refused(name: str, value: object) -> None:
    assume(not isinstance(value, KINDS.get(name, ())))

    assert fault_of(lambda: judged(GOOD | {name: value})) in {Fault.ID_TOKEN, Fault.LEVEL}


@given(JSON)
def test_an_algorithm_of_any_other_kind_binds_no_token(value: object) -> None:
    assert fault_of(lambda: judged(GOOD, {"alg": value})) is Fault.ID_TOKEN


@given(st.sampled_from(["iss", "aud", "sub", "exp", FISCAL_NUMBER]), JSON)
def test_user_info_of_any_other_kind_is_refused(name: str, value: object) -> None:
    assume(not isinstance(value, KINDS.get(name, ())))
    said = SAID | {name: value}

    assert fault_of(lambda: proofs.fiscal_number(said, WHO, expected=EXPECTED, now=NOW))


async def no_key(_: str) -> RSAKey | None:
    """Know no key."""
    return None


async def our_key(_: str) -> RSAKey | None:
    """Know one key, whatever its name."""
    return OWN


@given(st.text(max_size=200) | st.just("." * 3_000))
async def test_any_other_text_is_not_signed(text: str) -> None:
    with pytest.raises(Refused):
        await proofs.signed(text, our_key)


@pytest.mark.parametrize("header", [{}, {"alg": 7}, {"alg": "RS256", "kid": 7}, ["RS256"], None])
async def test_a_header_of_another_kind_signs_nothing(header: object) -> None:
    text = ".".join(
        urlsafe_b64encode(part).decode().rstrip("=")
        for part in (json.dumps(header).encode(), b"{}", b"x")
    )

    with pytest.raises(Refused, match="signature"):
        await proofs.signed(text, our_key)


async def test_a_key_for_another_algorithm_signs_nothing() -> None:
    text = signed({"alg": "RS256", "kid": "own"}, {}, OWN)
    bound = RSAKey.import_key({**OWN.as_dict(private=False), "alg": "PS256"})

    async def find(_: str) -> RSAKey | None:
        return bound

    assert await proofs.signed(text, our_key) == ({"alg": "RS256", "kid": "own"}, {})
    for finder in (find, no_key):
        with pytest.raises(Refused):
            await proofs.signed(text, finder)


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("new", ["", "A", "AAAA", "=", "è", None])
def test_what_was_changed_on_the_way_cannot_be_read(place: int, new: str | None) -> None:
    parts = encrypted("secret", ENCRYPTION).split(".")
    parts[place] = f"{parts[place][:-4]}AAAA" if new is None else new

    with pytest.raises(Refused):
        proofs.decrypted(".".join(parts), ENCRYPTION)


HEADERS: list[dict[str, object]] = [
    {"alg": "RSA1_5", "enc": "A256CBC-HS512"},
    {"alg": "dir", "enc": "A256CBC-HS512"},
    {"alg": "RSA-OAEP", "enc": "A256GCM"},
    {"alg": "RSA-OAEP-256", "enc": "A256CBC-HS512", "zip": "DEF"},
    {"alg": "RSA-OAEP-256", "enc": ["A256CBC-HS512"]},
    {"alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "p2c": 10**9, "p2s": "AA"},
]


@pytest.mark.parametrize("header", HEADERS)
def test_other_ciphers_are_not_tried(header: dict[str, object]) -> None:
    _, *rest = encrypted("secret", ENCRYPTION).split(".")
    own = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")

    with pytest.raises(Refused):
        proofs.decrypted(".".join([own, *rest]), ENCRYPTION)


def test_a_higher_level_is_enough_and_a_lower_one_is_not() -> None:
    reached = {
        (asked, given): levels.reached(levels.name_of(given), asked)
        for asked in (1, 2, 3)
        for given in (1, 2, 3)
    }

    assert reached == {
        (asked, given): given if given >= asked else None for asked, given in reached
    }


@given(JSON)
def test_anything_else_is_no_level(acr: object) -> None:
    assert levels.reached(acr, 1) is None


def test_every_fault_is_told_in_one_of_five_words() -> None:
    assert {told(fault).value for fault in Fault} == {
        "expired", "cancelled", "level-too-low", "unavailable", "refused",
    }  # fmt: skip
    assert told(Fault.SIGNATURE) == told(Fault.FISCAL_NUMBER) == "refused"
