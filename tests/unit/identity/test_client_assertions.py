"""Client assertions: what proves one of our services, and everything that does not."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from percorso.identity.tokens import service_keys
from percorso.identity.tokens.client_assertions import Assertion, Fault, Refused, read
from percorso.identity.tokens.service_keys import UnusableServiceKeys

NOW = 1_800_000_000
AUDIENCES = {"http://identity.example", "http://identity.example/v1/service-tokens"}
KEY = ECKey.generate_key("P-256", {"kid": "notifications"})
KEYS = {"notifications": KEY, "insights": ECKey.generate_key("P-256", {"kid": "insights"})}


def claims(**changed: object) -> dict[str, Any]:
    """Return good claims, with some changed; `...` leaves one out."""
    own: dict[str, object] = {
        "iss": "notifications",
        "sub": "notifications",
        "aud": "http://identity.example/v1/service-tokens",
        "jti": "one",
        "exp": NOW + 60,
    }
    return {name: value for name, value in (own | changed).items() if value is not ...}


def signed(
    claimed: object, key: ECKey | OctKey | RSAKey = KEY, *, alg: str = "ES256", **header: object
) -> str:
    """Return the claims as an assertion; the library itself would not sign what is not valid."""
    members = {"alg": alg, "kid": "notifications", **header}
    text = ".".join(
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (members, claimed)
    )
    signature = jws.JWSRegistry.algorithms[alg].sign(text.encode(), key)
    return f"{text}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def judged(text: str) -> Assertion:
    """Read it now."""
    return read(text, KEYS, audiences=AUDIENCES, now=NOW)


def fault(text: str) -> Fault:
    """Return why it is refused."""
    with pytest.raises(Refused) as refusal:
        judged(text)
    return refusal.value.fault


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"aud": "http://identity.example"},
        {"aud": ["http://identity.example"]},
        {"iat": NOW, "nbf": NOW},
    ],
)
def test_a_good_assertion_names_its_service(changed: dict[str, object]) -> None:
    assert judged(signed(claims(**changed))) == Assertion("notifications", "one", NOW + 120)


@pytest.mark.parametrize("end", [NOW - 59, NOW + 360])
def test_an_assertion_is_remembered_for_as_long_as_it_is_taken(end: int) -> None:
    assert judged(signed(claims(exp=end))).forgotten_at == end + 60


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"exp": NOW - 60}, Fault.EXPIRED),
        ({"exp": 0}, Fault.EXPIRED),
        ({"exp": NOW + 361}, Fault.TOO_LONG),
        ({"exp": 10**30}, Fault.TOO_LONG),
        ({"exp": ...}, Fault.CLAIMS),
        ({"exp": "soon"}, Fault.CLAIMS),
        ({"exp": True}, Fault.CLAIMS),
        ({"nbf": NOW + 61}, Fault.EARLY),
        ({"iat": NOW + 61}, Fault.EARLY),
        ({"iat": None}, Fault.CLAIMS),
        ({"aud": "http://other.example"}, Fault.AUDIENCE),
        ({"aud": ["http://identity.example", "http://other.example"]}, Fault.AUDIENCE),
        ({"aud": []}, Fault.AUDIENCE),
        ({"aud": ...}, Fault.AUDIENCE),
        ({"aud": {"a": 1}}, Fault.AUDIENCE),
        ({"iss": "insights"}, Fault.CLAIMS),
        ({"sub": "insights"}, Fault.CLAIMS),
        ({"sub": ...}, Fault.CLAIMS),
        ({"jti": ...}, Fault.CLAIMS),
        ({"jti": ""}, Fault.CLAIMS),
        ({"jti": "x" * 257}, Fault.CLAIMS),
        ({"jti": "a\0"}, Fault.CLAIMS),
        ({"jti": ["one"]}, Fault.CLAIMS),
    ],
)
def test_wrong_claims_are_refused(changed: dict[str, object], why: Fault) -> None:
    assert fault(signed(claims(**changed))) is why


OTHER = ECKey.generate_key("P-256")
PUBLIC_AS_SECRET = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
FORGED: list[Callable[[], str]] = [
    lambda: signed(claims(), OTHER),
    lambda: signed(claims(), OTHER, kid="insights"),
    lambda: signed(claims(iss="insights", sub="insights")),
    lambda: signed(claims(iss="portal", sub="portal"), kid="portal"),
    lambda: signed(claims(), kid=["notifications"]),
    lambda: signed(claims(), crit=["exp"]),
    lambda: signed(claims(), PUBLIC_AS_SECRET, alg="HS256"),
    lambda: signed(claims(), RSAKey.generate_key(2048), alg="RS256"),
    lambda: signed(["no", "claims"]),
    lambda: signed(claims())[:-4] + "AAAA",
    lambda: "e30.e30.",
    lambda: "[" * 1_000,
    lambda: "",
]


@pytest.mark.parametrize("forge", FORGED)
def test_what_its_service_did_not_sign_is_refused(forge: Callable[[], str]) -> None:
    assert fault(forge()) in {Fault.UNTRUSTED, Fault.CLAIMS}


@pytest.mark.parametrize("text", ["è.è.è", "x" * 4_097])
def test_what_cannot_be_an_assertion_is_not_looked_into(text: str) -> None:
    assert fault(text) is Fault.MALFORMED


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text: str) -> None:
    fault(text)


def a_set(*keys: object) -> bytes:
    """Write a set of keys."""
    return json.dumps({"keys": keys}).encode()


def public(key: ECKey | RSAKey, **changed: object) -> dict[str, object]:
    """Return a key's public half; `...` leaves a member out."""
    members = key.as_dict(private=False) | changed
    return {name: value for name, value in members.items() if value is not ...}


def test_the_services_of_the_file_are_known_by_name(tmp_path: Path) -> None:
    file = tmp_path / "services.jwks"
    file.write_bytes(a_set(public(KEY, use="sig"), KEYS["insights"].as_dict(private=True)))

    keys = service_keys.read(file)

    assert keys.keys() == {"notifications", "insights"}
    assert not any(key.is_private for key in keys.values())
    assert read(signed(claims()), keys, audiences=AUDIENCES, now=NOW).service == "notifications"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"keys": [7]}',
        b'{"keys": {"a": 1}}',
        a_set(public(KEY, kid=...)),
        a_set(public(KEY, kid="")),
        a_set(public(KEY, kid=7)),
        a_set(public(KEY, x="AA")),
        a_set(public(KEY), public(KEY)),
        a_set(public(ECKey.generate_key("P-384", {"kid": "notifications"}))),
        a_set(public(RSAKey.generate_key(2048, {"kid": "notifications"}))),
    ],
)
def test_a_file_without_such_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "services.jwks"
    file.write_bytes(content)

    with pytest.raises(UnusableServiceKeys):
        service_keys.read(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableServiceKeys, match="cannot be read"):
        service_keys.read(tmp_path / "none")
