"""What a provider has signed: who logged in, how surely, and the fiscal number; pure but for keys."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwe, jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from percorso.identity.login import levels
from percorso.identity.login.faults import Fault, Refused

LEEWAY_S = 60  # as for tokens
MAX_SUBJECT = 256
FISCAL_NUMBER = "https://attributes.eid.gov.it/fiscal_number"
# Those of SPID's rules that the chassis knows keys for; never `none`, never a shared secret.
SIGNATURES = ["RS256", "RS512", "PS256", "PS512", "ES256"]
ENCRYPTIONS = ["RSA-OAEP", "RSA-OAEP-256", "A128CBC-HS256", "A256CBC-HS512"]
# Members of the header that nobody knows are ignored, as RFC 7515 says; `crit` is not.
_JWS = jws.JWSRegistry(algorithms=SIGNATURES, strict_check_header=False)
_JWE = jwe.JWERegistry(algorithms=ENCRYPTIONS, strict_check_header=False)
_UNREADABLE = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)

Claims = Mapping[str, Any]
FindKey = Callable[[str], Awaitable[ECKey | RSAKey | None]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must be: from whom, for whom, to which request."""

    issuer: str
    client_id: str
    nonce: str
    level: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """That somebody has logged in at a provider, where they are called `subject`."""

    subject: str
    level: int


async def signed(text: str, find_key: FindKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims that the provider has signed; Unavailable while its keys are away."""
    try:
        kid = jws.extract_compact(text.encode(), registry=_JWS).headers()["kid"]
    except _UNREADABLE:
        raise Refused(Fault.SIGNATURE) from None
    key = await find_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise Refused(Fault.SIGNATURE)
    try:
        token = jwt.decode(text, key, registry=_JWS)
    except _UNREADABLE:
        raise Refused(Fault.SIGNATURE) from None
    return token.header, token.claims


def logged_in(
    header: Claims, claims: Claims, access_token: str, *, expected: Expected, now: float
) -> LoggedIn:
    """Return what an ID token proves; OpenID Connect Core, 3.1.3.7, with what SPID makes obligatory."""
    token = CodeIDToken(
        dict(claims),
        dict(header),
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
            "at_hash": {"essential": True},
        },
        {
            "nonce": expected.nonce,
            "client_id": expected.client_id,
            "access_token": access_token,
        },
    )
    try:
        token.validate(now=int(now), leeway=LEEWAY_S)
    except _UNREADABLE:
        raise Refused(Fault.ID_TOKEN) from None
    # We trust no other audience; and the library takes a hash of 0 for none, and no hash for good.
    is_for_us = claims["aud"] in (expected.client_id, [expected.client_id])
    if not is_for_us or not isinstance(claims["at_hash"], str):
        raise Refused(Fault.ID_TOKEN)
    level = levels.reached(claims.get("acr"), expected.level)
    if level is None:
        raise Refused(Fault.LEVEL)
    return LoggedIn(_subject(claims), level)


def decrypted(text: str, key: RSAKey) -> str:
    """Return what only we can read; plain text is refused, for then others could have read it."""
    try:
        plaintext = jwe.decrypt_compact(text, key, registry=_JWE).plaintext
        return (plaintext or b"").decode("ascii")
    except _UNREADABLE:
        raise Refused(Fault.USER_INFO) from None


def fiscal_number(claims: Claims, who: LoggedIn, *, expected: Expected, now: float) -> str:
    """Return the fiscal number of who has logged in, as the provider writes it.

    Issuer, audience and end are checked where they are: SPID's rules demand them, and the
    federations' own provider for tests leaves them out.
    """
    registry = jwt.JWTClaimsRegistry(
        int(now),
        LEEWAY_S,
        iss={"value": expected.issuer},
        aud={"value": expected.client_id},
    )
    try:
        registry.validate(dict(claims))
    except _UNREADABLE:
        raise Refused(Fault.USER_INFO) from None
    if claims.get("sub") != who.subject:
        raise Refused(Fault.OTHER_SUBJECT)
    number = claims.get(FISCAL_NUMBER)
    if not isinstance(number, str):
        raise Refused(Fault.FISCAL_NUMBER)
    return number


def _subject(claims: Claims) -> str:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT:
        raise Refused(Fault.ID_TOKEN)
    return subject
