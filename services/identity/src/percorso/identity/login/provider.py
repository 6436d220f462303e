"""One provider of identities, as we meet it: we send somebody there, and ask who they were."""

import asyncio
from typing import Any, NamedTuple

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt

from percorso.chassis.clock import Clock
from percorso.chassis.jwks import KeySource
from percorso.events.errors import Unavailable
from percorso.identity.login import attempts, levels, proofs
from percorso.identity.login.attempts import Attempt
from percorso.identity.login.bounded import TooLarge
from percorso.identity.login.faults import Fault, Refused
from percorso.identity.login.metadata import Metadata, MetadataSource
from percorso.identity.login.proofs import FISCAL_NUMBER, Expected
from percorso.identity.login.registrations import Keys, Registration

DEADLINE_S = 8.0  # tokens, keys and user info together; somebody looks at a white page meanwhile
REQUEST_LIFETIME_S = 300  # of the request object: the redirect, and the provider's own queue
ASSERTION_LIFETIME_S = 60
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHM = "RS256"  # what SPID's rules oblige every provider to support
MAX_TOKEN = 16_384  # characters


class Person(NamedTuple):
    """Who has logged in, as the provider names them, and how surely; it goes no further than a pseudonym."""

    fiscal_number: str
    level: int


class _Tokens(NamedTuple):
    access_token: str
    id_token: str


class Provider:
    """A provider that knows us by a registration; `client` is that of `bounded`."""

    def __init__(
        self,
        registration: Registration,
        keys: Keys,
        redirect_uri: str,
        *,
        client: httpx.AsyncClient,
        clock: Clock,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.issuer = registration.issuer
        self._client_id = registration.client_id
        self._keys = keys
        self._redirect_uri = redirect_uri
        self._client = client
        self._clock = clock
        self._deadline_s = deadline_s
        self._metadata = MetadataSource(self.issuer, client, clock)
        self._provider_keys: dict[str, KeySource] = {}

    async def login_url(self, attempt: Attempt, state: str) -> str:
        """Return where to send somebody; Unavailable while the provider is away."""
        described = await self._metadata.read()
        challenge = create_s256_code_challenge(attempt.verifier)
        url: str = prepare_grant_uri(
            described.authorization_endpoint,
            self._client_id,
            "code",
            scope="openid",
            code_challenge=challenge,
            code_challenge_method="S256",
            request=self._request(attempt, state, challenge),
        )
        return url

    async def person(self, code: str, attempt: Attempt, named: str | None) -> Person:
        """Return who came back with the code; Refused, or Unavailable while the provider is away.

        `named` is the issuer that the answer itself names (RFC 9207).
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._person(code, attempt, named)
        except TooLarge:
            raise Refused(Fault.ANSWER) from None
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unavailable("the provider does not answer") from error

    def _request(self, attempt: Attempt, state: str, challenge: str) -> str:
        """Sign what we ask for: of the person the fiscal number, and nothing else."""
        now = int(self._clock.timestamp())
        claims = {
            "iss": self._client_id,
            "aud": self.issuer,
            "iat": now,
            "exp": now + REQUEST_LIFETIME_S,
            "jti": attempts.random_text(),
            "client_id": self._client_id,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": self._redirect_uri,
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "acr_values": levels.name_of(attempt.asked.level),
            "prompt": "consent login",
            "claims": {"userinfo": {FISCAL_NUMBER: {"essential": True}}},
        }
        key = self._keys.signing
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, [ALGORITHM])

    async def _person(self, code: str, attempt: Attempt, named: str | None) -> Person:
        described = await self._metadata.read()
        if named != self.issuer and (named is not None or described.names_itself):
            raise Refused(Fault.OTHER_PROVIDER)
        expected = Expected(self.issuer, self._client_id, attempt.nonce, attempt.asked.level)
        tokens = await self._redeem(described, code, attempt.verifier)
        find_key = self._keys_at(described.jwks_uri).find
        header, claims = await proofs.signed(tokens.id_token, find_key)
        who = proofs.logged_in(
            header, claims, tokens.access_token, expected=expected, now=self._clock.timestamp()
        )
        text = await self._user_info(described, tokens.access_token)
        _, said = await proofs.signed(proofs.decrypted(text, self._keys.encryption), find_key)
        number = proofs.fiscal_number(said, who, expected=expected, now=self._clock.timestamp())
        return Person(number, who.level)

    async def _redeem(self, described: Metadata, code: str, verifier: str) -> _Tokens:
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=self._redirect_uri,
            client_id=self._client_id,
            code_verifier=verifier,
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=self._assertion(described.token_endpoint),
        )
        answer = await self._client.post(
            described.token_endpoint,
            content=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        return _tokens(_good(answer, Fault.CODE))

    def _assertion(self, token_endpoint: str) -> str:
        key = self._keys.signing
        text: str = private_key_jwt_sign(
            key,
            self._client_id,
            token_endpoint,
            ALGORITHM,
            header={"kid": key.kid},
            issued_at=int(self._clock.timestamp()),
            expires_in=ASSERTION_LIFETIME_S,
        )
        return text

    async def _user_info(self, described: Metadata, access_token: str) -> str:
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await self._client.get(described.userinfo_endpoint, headers=headers)
        return _good(answer, Fault.USER_INFO).text

    def _keys_at(self, jwks_uri: str) -> KeySource:
        """Return the provider's keys; where it moves them, those of the new place."""
        if jwks_uri not in self._provider_keys:
            self._provider_keys = {jwks_uri: KeySource(jwks_uri, self._client, self._clock)}
        return self._provider_keys[jwks_uri]


def _good(answer: httpx.Response, fault: Fault) -> httpx.Response:
    """Return the answer if it is a good one; a 5xx is an outage, everything else a refusal."""
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unavailable("the provider fails")
    if answer.status_code != httpx.codes.OK:
        raise Refused(fault)
    return answer


def _tokens(answer: httpx.Response) -> _Tokens:
    try:
        said: Any = answer.json()
        tokens = _Tokens(said["access_token"], said["id_token"])
        is_bearer = said["token_type"].lower() == "bearer"
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Refused(Fault.ANSWER) from None
    if not is_bearer or not all(map(_is_token, tokens)):
        raise Refused(Fault.ANSWER)
    return tokens


def _is_token(value: object) -> bool:
    return (
        isinstance(value, str)
        and 1 <= len(value) <= MAX_TOKEN
        and value.isascii()
        and value.isprintable()
    )
