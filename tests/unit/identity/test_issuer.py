"""Our own issuer: what it signs is what every service verifies."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jws
from joserfc.jwk import ECKey

from percorso.chassis.callers import Agency, Caller, Citizen, Operator, Role, Service
from percorso.chassis.clock import SystemClock
from percorso.chassis.problems import Unauthorized
from percorso.chassis.settings import CallerKind, TrustedIssuer
from percorso.chassis.testing import FakeClock
from percorso.chassis.tokens import Tokens
from percorso.identity.tokens.issuer import Issuer, UnusableIssuerKey, read_key
from percorso.identity.tokens.own_keys import OwnKeys

URL = "http://127.0.0.1:8001"
CALLERS: list[Caller] = [
    Agency("c_a182", "5f1d2c5e-0000-8000-8000-000000000000"),
    Citizen(UUID("8f14e45f-ceea-867f-8a3e-2b7d9f3c1a00"), 1),
    Citizen(UUID("8f14e45f-ceea-867f-8a3e-2b7d9f3c1a00"), 3),
    Operator("desk@c_a182", "c_a182", Role.DESK, "sportello", "C-1"),
    Service("notifications"),
]
PKCS8 = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def an_issuer(clock: FakeClock | None = None) -> Issuer:
    """Make an issuer with a fresh key."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    return Issuer(URL, key, clock or SystemClock())


def verifier(issuer: Issuer, service: str, clock: FakeClock | None = None) -> Tokens:
    """Make a service's verifier that trusts this issuer's key."""
    trusted = TrustedIssuer.model_validate(
        {"issuer": URL, "jwks_uri": f"{URL}/.well-known/jwks.json", "callers": [*CallerKind]}
    )
    client = httpx.AsyncClient(transport=OwnKeys(issuer.jwks))
    return Tokens(service, [trusted], client=client, clock=clock or SystemClock())


@pytest.mark.parametrize("service", ["identity", "journey", "insights", "notifications", "portal"])
@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: type(caller).__name__)
async def test_every_service_knows_the_caller(caller: Caller, service: str) -> None:
    issuer = an_issuer()

    assert await verifier(issuer, service).verify(f"Bearer {issuer.sign(caller)}") == caller


async def test_token_lives_an_hour() -> None:
    clock = FakeClock()
    issuer = an_issuer(clock)
    tokens = verifier(issuer, "journey", clock)
    header = f"Bearer {issuer.sign(CALLERS[0])}"

    clock.advance(3_600)
    assert await tokens.verify(header) == CALLERS[0]
    clock.advance(61)

    with pytest.raises(Unauthorized):
        await tokens.verify(header)


async def test_key_of_another_issuer_is_not_trusted() -> None:
    header = f"Bearer {an_issuer().sign(CALLERS[0])}"

    with pytest.raises(Unauthorized):
        await verifier(an_issuer(), "journey").verify(header)


def test_header_names_type_and_thumbprint() -> None:
    issuer = an_issuer()

    header = jws.extract_compact(issuer.sign(CALLERS[0]).encode()).headers()

    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": issuer.jwks["keys"][0]["kid"]}


def test_only_the_public_half_is_published() -> None:
    (published,) = an_issuer().jwks["keys"]

    assert published.keys() == {"kty", "crv", "x", "y", "use", "alg", "kid"}


def test_key_is_named_by_its_thumbprint(tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    file.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(*PKCS8))

    key = read_key(file)

    assert key.kid == key.thumbprint()
    assert read_key(file).kid == key.kid


_PUBLIC = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        ec.generate_private_key(ec.SECP384R1()).private_bytes(*PKCS8),
        ed25519.Ed25519PrivateKey.generate().private_bytes(*PKCS8),
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*_PUBLIC),
    ],
    ids=["empty", "text", "P-384", "Ed25519", "public"],
)
def test_file_without_such_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "issuer.pem"
    file.write_bytes(content)

    with pytest.raises(UnusableIssuerKey):
        read_key(file)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableIssuerKey, match="cannot be read"):
        read_key(tmp_path / "none")
