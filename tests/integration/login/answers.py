"""The bad answers of a provider: how it is made to give each, and what becomes of it."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, OctKey

from percorso.identity.login.faults import Fault
from percorso.identity.login.proofs import FISCAL_NUMBER
from tests.support import logins
from tests.support.clients import CLIENT_ID
from tests.support.logins import (
    CITIZEN,
    FOREIGN,
    OWN,
    STRANGER,
    Double,
    Flood,
    flooding,
    hanging,
    refusing,
    replying,
    signed,
)

OTHER = "http://qzx.example"
PUBLIC_AS_SECRET = OctKey.import_key(json.dumps(OWN.as_dict(private=False)))
EC = ECKey.generate_key("P-256", {"kid": "own"})
LATER = 2_000_000_000
Prepare = Callable[[Double], Any]


@dataclass(frozen=True)
class Case:
    """One bad answer: how the provider is made to give it, and what becomes of it."""

    fault: Fault
    prepare: Prepare = lambda _: None
    back: Mapping[str, str | None] = field(default_factory=dict)
    said: str = "refused"


def claims(**changed: object) -> Prepare:
    """Have the ID token say something else."""
    return lambda double: double.token_claims.update(changed)


def user(**changed: object) -> Prepare:
    """Have the user info say something else."""
    return lambda double: double.user_claims.update(changed)


def header(**changed: object) -> Prepare:
    """Have the ID token's header say something else."""
    return lambda double: double.token_header.update(changed)


def tokens(**changed: object) -> Prepare:
    """Have the token endpoint answer something else."""
    return lambda double: double.tokens.update(changed)


def reply(path: str, status: int = 200, **content: Any) -> Prepare:
    """Have an endpoint answer something else altogether."""
    return lambda double: double.replies.update({path: replying(status, **content)})


def instead(path: str, answer: logins.Reply) -> Prepare:
    """Have an endpoint do something else altogether."""
    return lambda double: double.replies.update({path: answer})


def member(**changed: object) -> Prepare:
    """Set members of the double."""
    return lambda double: vars(double).update(changed)


def forged(algorithm: str, key: Any) -> Prepare:
    """Have the ID token signed in another way."""

    def prepare(double: Double) -> None:
        double.token_header["alg"] = algorithm
        double.token_key = key

    return prepare


def plain_user_info(double: Double) -> None:
    """Have the user info go in the clear."""
    said = {"sub": "sub-qzx", FISCAL_NUMBER: f"TINIT-{CITIZEN}"}
    text = signed({"alg": "RS256", "kid": "own"}, said, OWN)
    double.replies["/userinfo"] = replying(200, text=text)


def squeezed() -> Prepare:
    """Have the token endpoint answer a few bytes that become many."""
    content = gzip.compress(b"{" + b" " * 5_000_000 + b"}")
    return reply("/token", content=content, headers={"Content-Encoding": "gzip"})


def away(prepare: Prepare) -> Case:
    """Return the case of a provider that does not answer."""
    return Case(Fault.AWAY, prepare, said="unavailable")


CASES: dict[str, Case] = {
    # Who signed it
    "signed by somebody else": Case(Fault.SIGNATURE, member(token_key=FOREIGN)),
    "not signed": Case(Fault.SIGNATURE, forged("none", None)),
    "signed with our public key as a secret": Case(
        Fault.SIGNATURE, forged("HS256", PUBLIC_AS_SECRET)
    ),
    "signed with a key of another kind": Case(Fault.SIGNATURE, forged("ES256", EC)),
    "signed with a key that is not the provider's": Case(Fault.SIGNATURE, header(kid="qzx")),
    "signed without the name of a key": Case(Fault.SIGNATURE, header(kid=...)),
    "a header that must be understood and is not": Case(Fault.SIGNATURE, header(crit=["qzx"])),
    "no token at all": Case(Fault.SIGNATURE, tokens(id_token="qzx")),
    "a list instead of claims": Case(
        Fault.SIGNATURE,
        lambda double: double.tokens.update(
            id_token=signed({"alg": "RS256", "kid": "own"}, ["qzx"], OWN)
        ),
    ),
    # What it says
    "another issuer": Case(Fault.ID_TOKEN, claims(iss=OTHER)),
    "no issuer": Case(Fault.ID_TOKEN, claims(iss=...)),
    "another audience": Case(Fault.ID_TOKEN, claims(aud=OTHER)),
    "an audience besides us": Case(Fault.ID_TOKEN, claims(aud=[CLIENT_ID, OTHER], azp=CLIENT_ID)),
    "no audience": Case(Fault.ID_TOKEN, claims(aud=[])),
    "another authorized party": Case(Fault.ID_TOKEN, claims(azp=OTHER)),
    "expired": Case(Fault.ID_TOKEN, claims(exp=1_500_000_000)),
    "without an end": Case(Fault.ID_TOKEN, claims(exp=...)),
    "with an end that is no time": Case(Fault.ID_TOKEN, claims(exp="qzx")),
    "not valid yet": Case(Fault.ID_TOKEN, claims(nbf=LATER)),
    "from the future": Case(Fault.ID_TOKEN, claims(iat=LATER)),
    "another nonce": Case(Fault.ID_TOKEN, claims(nonce="qzx" * 15)),
    "no nonce": Case(Fault.ID_TOKEN, claims(nonce=...)),
    "bound to another access token": Case(Fault.ID_TOKEN, claims(at_hash="qzx")),
    "bound to a number": Case(Fault.ID_TOKEN, claims(at_hash=0)),
    "bound to no access token": Case(Fault.ID_TOKEN, claims(at_hash=...)),
    "a person without a name": Case(Fault.ID_TOKEN, claims(sub="")),
    "a person named by a number": Case(Fault.ID_TOKEN, claims(sub=7)),
    # How sure it is
    "a level below": Case(
        Fault.LEVEL, claims(acr="https://www.spid.gov.it/SpidL1"), said="level-too-low"
    ),
    "no level": Case(Fault.LEVEL, claims(acr=...), said="level-too-low"),
    "a level that is none": Case(Fault.LEVEL, claims(acr=["qzx"]), said="level-too-low"),
    # What the token endpoint answers
    "a code that was used": Case(Fault.CODE, reply("/token", 400, json={"error": "qzx"})),
    "a client that is not known": Case(Fault.CODE, reply("/token", 401, json={"error": "qzx"})),
    "somewhere else": Case(Fault.CODE, reply("/token", 302, headers={"Location": OTHER})),
    "no JSON": Case(Fault.ANSWER, reply("/token", text="qzx")),
    "another JSON": Case(Fault.ANSWER, reply("/token", json=["qzx"])),
    "deep JSON": Case(Fault.ANSWER, reply("/token", text="[" * 30_000)),
    "no ID token": Case(Fault.ANSWER, tokens(id_token=...)),
    "another kind of token": Case(Fault.ANSWER, tokens(token_type="qzx")),
    "an access token of two lines": Case(Fault.ANSWER, tokens(access_token="a\r\nqzx: b")),
    "too much": Case(Fault.ANSWER, instead("/token", flooding(Flood()))),
    "too much of user info": Case(Fault.ANSWER, instead("/userinfo", flooding(Flood()))),
    "much, made small": Case(Fault.ANSWER, squeezed()),
    # Who they are
    "user info of somebody else": Case(Fault.OTHER_SUBJECT, user(sub="qzx")),
    "user info of nobody": Case(Fault.OTHER_SUBJECT, user(sub=...)),
    "user info for everybody to read": Case(Fault.USER_INFO, plain_user_info),
    "user info for another reader": Case(Fault.USER_INFO, member(user_reader=STRANGER)),
    "user info signed by somebody else": Case(Fault.SIGNATURE, member(user_key=FOREIGN)),
    "user info of another issuer": Case(Fault.USER_INFO, user(iss=OTHER)),
    "user info for another audience": Case(Fault.USER_INFO, user(aud=OTHER)),
    "user info that has expired": Case(Fault.USER_INFO, user(exp=1_500_000_000)),
    "user info refused": Case(Fault.USER_INFO, reply("/userinfo", 403)),
    "no fiscal number": Case(Fault.FISCAL_NUMBER, user(**{FISCAL_NUMBER: ...})),
    "a fiscal number that is none": Case(Fault.FISCAL_NUMBER, user(**{FISCAL_NUMBER: "qzx"})),
    "two fiscal numbers": Case(Fault.FISCAL_NUMBER, user(**{FISCAL_NUMBER: [CITIZEN, CITIZEN]})),
    "a fiscal number with a wrong check letter": Case(
        Fault.FISCAL_NUMBER, user(**{FISCAL_NUMBER: "TINIT-RSSMRA85T10A562X"})
    ),
    # What the browser brings
    "the citizen gives up": Case(
        Fault.CANCELLED, back={"code": None, "error": "access_denied"}, said="cancelled"
    ),
    "an error": Case(Fault.PROVIDER_ERROR, back={"code": None, "error": "qzx"}),
    "an error and a code": Case(Fault.PROVIDER_ERROR, back={"error": "server_error"}),
    "no code": Case(Fault.PROVIDER_ERROR, back={"code": None}),
    "the name of another provider": Case(Fault.OTHER_PROVIDER, back={"iss": OTHER}),
    "no name although there always is one": Case(Fault.OTHER_PROVIDER, back={"iss": None}),
    "a state that nobody has": Case(
        Fault.UNKNOWN_STATE, back={"state": "qzx" * 15}, said="expired"
    ),
    # The provider is away
    "nobody answers for tokens": away(instead("/token", hanging)),
    "nobody answers for keys": away(instead("/jwks.json", hanging)),
    "nobody answers for user info": away(instead("/userinfo", hanging)),
    "nobody is there": away(instead("/token", refusing)),
    "the provider fails": away(reply("/token", 500, text="qzx")),
    "the keys are too many": away(instead("/jwks.json", flooding(Flood()))),
    "the keys cannot be read": away(reply("/jwks.json", text="qzx")),
}
