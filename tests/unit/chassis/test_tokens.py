"""Who calls: what is accepted, what is refused, and what it costs."""

import base64
import hmac
import json

import pytest
from joserfc.jwk import ECKey, RSAKey

from percorso.chassis.callers import Agency, Citizen, Operator, Role, Service
from percorso.chassis.problems import Unauthorized
from percorso.chassis.settings import CallerKind
from percorso.chassis.testing import SUBJECT, FakeClock, Issuer
from percorso.chassis.tokens import MAX_TOKEN, Refusal, Tokens

AUDIENCE = "urn:percorso:identity"
AGENCY = {"client_id": "c_a182", "purposeId": "p-1", "jti": "j-1"}
CITIZEN = {"sub": str(SUBJECT), "acr": "https://www.spid.gov.it/SpidL2"}
OPERATOR = {"sub": "op-7", "agency": "c_a182", "role": "desk", "purpose": "desk", "case": "C-1"}


def segment(members: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


async def refusal(tokens: Tokens, header: str | None) -> str | None:
    with pytest.raises(Unauthorized) as caught:
        await tokens.verify(header)
    return caught.value.detail


async def refusal_of_claims(tokens: Tokens, issuer: Issuer, **changes: object) -> str | None:
    claims = issuer.claims(AUDIENCE, **AGENCY) | changes
    present = {name: value for name, value in claims.items() if value is not ...}
    return await refusal(tokens, f"Bearer {issuer.sign(present)}")


async def test_an_agency_is_known_by_its_code(tokens: Tokens, issuer: Issuer) -> None:
    caller = await tokens.verify(issuer.agency("identity", purposeId="p-9"))

    assert caller == Agency(code="c_a182", purpose_id="p-9")


async def test_a_citizen_is_known_by_subject_and_level(tokens: Tokens, issuer: Issuer) -> None:
    assert await tokens.verify(issuer.citizen("identity", level=3)) == Citizen(SUBJECT, 3)


async def test_an_operator_comes_with_a_reason(tokens: Tokens, issuer: Issuer) -> None:
    caller = await tokens.verify(issuer.operator("identity"))

    assert caller == Operator("op-7", "c_a182", Role.DESK, "desk", "C-1")


async def test_a_service_is_known_by_its_name(tokens: Tokens, issuer: Issuer) -> None:
    assert await tokens.verify(issuer.service("identity", "insights")) == Service("insights")


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
async def test_rsa_signatures_are_accepted(clock: FakeClock, algorithm: str) -> None:
    issuer = Issuer(clock=clock)
    issuer.key = RSAKey.generate_key(2048, {"kid": "rsa"})
    issuer.keys = [issuer.key]

    token = issuer.sign(issuer.claims(AUDIENCE, **AGENCY), {"alg": algorithm})

    assert await issuer.tokens("identity").verify(f"bearer {token}") == Agency("c_a182", "p-1")


async def test_one_of_several_audiences_is_enough(tokens: Tokens, issuer: Issuer) -> None:
    claims = issuer.claims(["urn:percorso:journey", AUDIENCE], **AGENCY)

    assert await tokens.verify(f"Bearer {issuer.sign(claims)}") == Agency("c_a182", "p-1")


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "token"])
async def test_no_token_is_refused(tokens: Tokens, header: str | None) -> None:
    assert await refusal(tokens, header) == Refusal.MISSING


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "é.é.é",
        "..",
        "e30.e30.",
        "W10.W10.W10",
        "bnVsbA.bnVsbA.x",
    ],
)
async def test_what_is_no_token_is_refused(tokens: Tokens, token: str) -> None:
    assert await refusal(tokens, f"Bearer {token}") == Refusal.MALFORMED


async def test_deeply_nested_claims_are_refused(tokens: Tokens, issuer: Issuer) -> None:
    header = segment({"alg": "ES256", "typ": "at+jwt", "kid": "one"})
    nested = base64.urlsafe_b64encode(b"[" * 5_000).rstrip(b"=").decode()

    assert await refusal(tokens, f"Bearer {header}.{nested}.AAAA") == Refusal.MALFORMED


async def test_a_token_of_nine_kibibytes_is_refused_unread(tokens: Tokens, issuer: Issuer) -> None:
    claims = issuer.claims(AUDIENCE, **AGENCY, filler="x" * 9_216)

    assert await refusal(tokens, f"Bearer {issuer.sign(claims)}") == Refusal.MALFORMED
    assert issuer.fetches == 0


async def test_a_token_just_under_the_limit_is_accepted(tokens: Tokens, issuer: Issuer) -> None:
    empty = len(issuer.sign(issuer.claims(AUDIENCE, **AGENCY, filler="")))
    token = issuer.sign(
        issuer.claims(AUDIENCE, **AGENCY, filler="x" * ((MAX_TOKEN - empty) * 3 // 4))
    )

    assert MAX_TOKEN - 4 <= len(token) <= MAX_TOKEN
    assert await tokens.verify(f"Bearer {token}")


async def test_algorithm_none_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    header = segment({"alg": "none", "typ": "at+jwt", "kid": "one"})
    claims = segment(issuer.claims(AUDIENCE, **AGENCY))

    assert await refusal(tokens, f"Bearer {header}.{claims}.") == Refusal.UNTRUSTED


async def test_the_public_key_is_no_shared_secret(tokens: Tokens, issuer: Issuer) -> None:
    header = segment({"alg": "HS256", "typ": "at+jwt", "kid": "one"})
    signed = f"{header}.{segment(issuer.claims(AUDIENCE, **AGENCY))}"
    digest = hmac.digest(issuer.key.as_pem(private=False), signed.encode(), "sha256")
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    assert await refusal(tokens, f"Bearer {signed}.{signature}") == Refusal.UNTRUSTED


async def test_a_foreign_key_of_the_same_name_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    issuer.key = ECKey.generate_key("P-256", {"kid": "one"})

    assert await refusal(tokens, issuer.agency("identity")) == Refusal.UNTRUSTED


async def test_a_key_sent_along_is_not_used(tokens: Tokens, issuer: Issuer) -> None:
    issuer.key = ECKey.generate_key("P-256", {"kid": "mine"})
    own = {"jwk": issuer.key.as_dict(private=False), "jku": "https://evil.example"}
    token = issuer.sign(issuer.claims(AUDIENCE, **AGENCY), own)

    assert await refusal(tokens, f"Bearer {token}") == Refusal.UNTRUSTED


async def test_an_elliptic_key_does_not_verify_an_rsa_algorithm(
    tokens: Tokens, issuer: Issuer
) -> None:
    header = segment({"alg": "RS256", "typ": "at+jwt", "kid": "one"})
    claims = segment(issuer.claims(AUDIENCE, **AGENCY))

    assert await refusal(tokens, f"Bearer {header}.{claims}.AAAA") == Refusal.UNTRUSTED


async def test_changed_claims_break_the_signature(tokens: Tokens, issuer: Issuer) -> None:
    header, _, signature = issuer.sign(issuer.claims(AUDIENCE, **AGENCY)).split(".")
    claims = segment(issuer.claims(AUDIENCE, **AGENCY | {"client_id": "c_h501"}))

    assert await refusal(tokens, f"Bearer {header}.{claims}.{signature}") == Refusal.UNTRUSTED


@pytest.mark.parametrize("kind", ["JWT", "jwt", None, 7, ""])
async def test_another_type_of_token_is_refused(
    tokens: Tokens, issuer: Issuer, kind: object
) -> None:
    header = segment({"alg": "ES256", "typ": kind, "kid": "one"})
    claims = segment(issuer.claims(AUDIENCE, **AGENCY))

    assert await refusal(tokens, f"Bearer {header}.{claims}.AAAA") == Refusal.MALFORMED


async def test_the_long_form_of_the_type_is_accepted(tokens: Tokens, issuer: Issuer) -> None:
    token = issuer.sign(issuer.claims(AUDIENCE, **AGENCY), {"typ": "application/at+jwt"})

    assert await tokens.verify(f"Bearer {token}")


async def test_what_must_be_understood_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    header = segment({"alg": "ES256", "typ": "at+jwt", "kid": "one", "crit": ["exp"], "exp": 1})
    claims = segment(issuer.claims(AUDIENCE, **AGENCY))

    assert await refusal(tokens, f"Bearer {header}.{claims}.AAAA") == Refusal.MALFORMED


async def test_an_unknown_header_member_is_ignored(tokens: Tokens, issuer: Issuer) -> None:
    token = issuer.sign(issuer.claims(AUDIENCE, **AGENCY), {"tenant": "x"})

    assert await tokens.verify(f"Bearer {token}")


@pytest.mark.parametrize("issuer_claim", ["https://other.example", "", 7, None, ["x"], ...])
async def test_an_unknown_issuer_is_refused_unasked(
    tokens: Tokens, issuer: Issuer, issuer_claim: object
) -> None:
    assert await refusal_of_claims(tokens, issuer, iss=issuer_claim) == Refusal.UNTRUSTED
    assert issuer.fetches == 0


@pytest.mark.parametrize(
    "audience", ["urn:percorso:journey", [], "", 7, None, {AUDIENCE: 1}, [[AUDIENCE]], ...]
)
async def test_another_audience_is_refused(
    tokens: Tokens, issuer: Issuer, audience: object
) -> None:
    assert await refusal_of_claims(tokens, issuer, aud=audience) == Refusal.AUDIENCE


async def test_an_expired_token_is_refused_after_the_leeway(
    tokens: Tokens, issuer: Issuer, clock: FakeClock
) -> None:
    header = issuer.agency("identity")

    clock.advance(659)
    assert await tokens.verify(header)
    clock.advance(1)
    assert await refusal(tokens, header) == Refusal.EXPIRED


@pytest.mark.parametrize("name", ["nbf", "iat"])
async def test_a_token_of_the_future_is_refused(
    tokens: Tokens, issuer: Issuer, clock: FakeClock, name: str
) -> None:
    now = int(clock.timestamp())

    assert await refusal_of_claims(tokens, issuer, **{name: now + 61}) == Refusal.EARLY
    accepted = issuer.sign(issuer.claims(AUDIENCE, **AGENCY | {name: now + 60}))
    assert await tokens.verify(f"Bearer {accepted}")


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", [..., None, "1777889000", True, 1e12, float("nan"), [1]])
async def test_a_time_that_is_no_integer_is_refused(
    tokens: Tokens, issuer: Issuer, name: str, value: object
) -> None:
    assert await refusal_of_claims(tokens, issuer, **{name: value}) == Refusal.CLAIMS


@pytest.mark.parametrize(
    ("own", "name"),
    [(AGENCY, name) for name in ("client_id", "jti")]
    + [(CITIZEN, "sub")]
    + [(OPERATOR, name) for name in OPERATOR],
)
@pytest.mark.parametrize("value", [..., None, 7, "", "x" * 257, "a\nb", ["c_a182"], {}])
async def test_a_claim_that_is_missing_or_wrong_is_refused(
    tokens: Tokens, issuer: Issuer, own: dict[str, str], name: str, value: object
) -> None:
    claims = issuer.claims(AUDIENCE, **own | {name: value})
    present = {key: claim for key, claim in claims.items() if claim is not ...}

    assert await refusal(tokens, f"Bearer {issuer.sign(present)}") == Refusal.CLAIMS


@pytest.mark.parametrize(
    "subject", ["op-7", f"{{{SUBJECT}}}", f"urn:uuid:{SUBJECT}", SUBJECT.hex, str(SUBJECT).upper()]
)
async def test_a_citizen_has_a_uuid_in_its_one_form(
    tokens: Tokens, issuer: Issuer, subject: str
) -> None:
    claims = issuer.claims(AUDIENCE, **CITIZEN | {"sub": subject})

    assert await refusal(tokens, f"Bearer {issuer.sign(claims)}") == Refusal.CLAIMS


@pytest.mark.parametrize("level", ["https://www.spid.gov.it/SpidL4", "SpidL2", "2"])
async def test_an_unknown_level_is_refused(tokens: Tokens, issuer: Issuer, level: str) -> None:
    claims = issuer.claims(AUDIENCE, **CITIZEN | {"acr": level})

    assert await refusal(tokens, f"Bearer {issuer.sign(claims)}") == Refusal.CLAIMS


async def test_an_unknown_role_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    assert await refusal(tokens, issuer.operator("identity", role="king")) == Refusal.CLAIMS


@pytest.mark.parametrize(
    "both", [AGENCY | CITIZEN, CITIZEN | OPERATOR, AGENCY | OPERATOR, {"role": "desk"} | AGENCY]
)
async def test_claims_of_two_callers_are_refused(
    tokens: Tokens, issuer: Issuer, both: dict[str, str]
) -> None:
    token = issuer.sign(issuer.claims(AUDIENCE, **both))

    assert await refusal(tokens, f"Bearer {token}") == Refusal.CLAIMS


async def test_somebody_without_own_claims_is_no_service(tokens: Tokens, issuer: Issuer) -> None:
    token = issuer.sign(issuer.claims(AUDIENCE, client_id="front-end", sub=str(SUBJECT)))

    assert await refusal(tokens, f"Bearer {token}") == Refusal.CLAIMS


async def test_an_issuer_speaks_only_for_its_callers(issuer: Issuer) -> None:
    tokens = issuer.tokens("identity", frozenset({CallerKind.CITIZEN}))

    assert await refusal(tokens, issuer.agency("identity")) == Refusal.UNTRUSTED
    assert await refusal(tokens, issuer.operator("identity")) == Refusal.UNTRUSTED
    assert await refusal(tokens, issuer.service("identity", "journey")) == Refusal.UNTRUSTED
    assert await tokens.verify(issuer.citizen("identity"))


async def test_keys_of_one_issuer_do_not_speak_for_another(clock: FakeClock) -> None:
    one, two = Issuer("https://one.example", clock), Issuer("https://two.example", clock)
    tokens = Tokens("identity", [one.trusted(), two.trusted()], client=one.client(), clock=clock)
    claims = two.claims(AUDIENCE, **AGENCY) | {"iss": one.url}

    assert await refusal(tokens, f"Bearer {two.sign(claims)}") == Refusal.UNTRUSTED


async def test_every_refusal_challenges_and_repeats_nothing(tokens: Tokens, issuer: Issuer) -> None:
    with pytest.raises(Unauthorized) as caught:
        await tokens.verify(issuer.operator("identity", role="SECRET-ROLE"))

    assert caught.value.headers == {"WWW-Authenticate": "Bearer"}
    assert caught.value.status == 401
    assert "SECRET" not in json.dumps(caught.value.body())
