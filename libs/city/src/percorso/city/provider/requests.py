"""What a client asks for when it sends somebody here to log in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from percorso.city.provider.clients import Claims, Client, Untrusted, signed

LEVELS = {f"https://www.spid.gov.it/SpidL{level}": level for level in (1, 2, 3)}
MAX_REQUEST = 8_192  # characters of a request object
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # of a SHA-256
_RANDOM = re.compile(r"[!-~]{32,256}")  # SPID's rules ask for 32 characters or more


class Unanswerable(Exception):
    """The client is not known, or not who it says, or wants the answer elsewhere: the person is told."""


class Refused(Exception):
    """The client is told: `location` carries the error to it."""

    def __init__(self, location: str) -> None:
        super().__init__("the request is refused")
        self.location = location


@dataclass(frozen=True, slots=True)
class Request:
    """A login that a client has asked for."""

    client: Client
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    level: int
    attributes: frozenset[str]

    def answer(self, issuer: str, **members: str) -> str:
        """Return the URL by which the person carries the answer, with our name on it (RFC 9207)."""
        return answer(self.redirect_uri, state=self.state, iss=issuer, **members)


def answer(redirect_uri: str, **members: str) -> str:
    """Return the URL that carries these members."""
    joint = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{joint}{urlencode(members)}"


def read(
    query: Mapping[str, str], clients: Mapping[str, Client], issuer: str, now: float
) -> Request:
    """Return the request; Unanswerable or Refused where it is not as SPID's rules want it."""
    client = clients.get(query.get("client_id", ""))
    text = query.get("request", "")
    if client is None or not text or len(text) > MAX_REQUEST:
        raise Unanswerable
    try:
        claims = signed(text, client, [issuer], now)
    except Untrusted as error:
        raise Unanswerable from error
    redirect_uri = str(claims.get("redirect_uri"))
    if redirect_uri not in client.redirect_uris:
        raise Unanswerable
    fault = _fault(query, claims)
    if fault:
        state = claims["state"] if _is(_RANDOM, claims.get("state")) else ""
        raise Refused(answer(redirect_uri, error=fault, state=state, iss=issuer))
    return _made(client, claims)


def _fault(query: Mapping[str, str], claims: Claims) -> str | None:
    """Return OAuth's word for what is wrong."""
    repeated = ("client_id", "response_type", "scope")
    checks = (
        (claims.get("response_type") == "code", "unsupported_response_type"),
        ("openid" in str(claims.get("scope")).split(), "invalid_scope"),
        (all(query.get(name) == claims.get(name) for name in repeated), "invalid_request"),
        (_is(_RANDOM, claims.get("state")), "invalid_request"),
        (_is(_RANDOM, claims.get("nonce")), "invalid_request"),
        (claims.get("code_challenge_method") == "S256", "invalid_request"),
        (_is(_CHALLENGE, claims.get("code_challenge")), "invalid_request"),
        (_level(claims) > 0, "invalid_request"),
        (_attributes(claims) is not None, "invalid_request"),
    )
    return next((error for is_good, error in checks if not is_good), None)


def _made(client: Client, claims: Claims) -> Request:
    return Request(
        client=client,
        redirect_uri=claims["redirect_uri"],
        state=claims["state"],
        nonce=claims["nonce"],
        challenge=claims["code_challenge"],
        level=_level(claims),
        attributes=_attributes(claims) or frozenset(),
    )


def _level(claims: Claims) -> int:
    """Return the lowest level that is asked for; 0 if none is."""
    levels = [LEVELS.get(name, 0) for name in str(claims.get("acr_values", "")).split()]
    return min(levels, default=0)


def _attributes(claims: Claims) -> frozenset[str] | None:
    """Return what the client wants to know of the person; None where that cannot be read."""
    asked = claims.get("claims", {})
    try:
        asked = json.loads(asked) if isinstance(asked, str) else asked
        return frozenset(asked.get("userinfo", {}))
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
