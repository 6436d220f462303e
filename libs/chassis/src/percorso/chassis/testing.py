"""What tests of services share: a clock to set, an issuer of tokens, and a recorder of spans."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from percorso.chassis.callers import Role
from percorso.chassis.clock import Clock, SystemClock
from percorso.chassis.settings import CallerKind, TrustedIssuer
from percorso.chassis.tokens import Tokens

SUBJECT = UUID("8f14e45f-ceea-867f-8a3e-2b7d9f3c1a00")
_EVERY_CALLER = frozenset(CallerKind)


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = datetime(2026, 5, 4, 10, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self._now

    def timestamp(self) -> float:
        """Return the instant in seconds since 1970."""
        return self._now.timestamp()

    def monotonic(self) -> float:
        """Return seconds that move with `advance`."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let the time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class Issuer:
    """An issuer that signs any claims, and serves its keys without a socket.

    `fetches` counts how often the keys were asked for; with `is_away` they cannot be had.
    """

    def __init__(self, url: str = "https://issuer.example", clock: Clock | None = None) -> None:
        self.url = url
        self.clock = clock or SystemClock()
        self.key: ECKey | RSAKey = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.keys: list[ECKey | RSAKey] = [self.key]
        self.fetches = 0
        self.is_away = False

    def trusted(self, callers: frozenset[CallerKind] = _EVERY_CALLER) -> TrustedIssuer:
        """Return the setting with which a service trusts this issuer."""
        return TrustedIssuer.model_validate(
            {"issuer": self.url, "jwks_uri": f"{self.url}/jwks.json", "callers": callers}
        )

    def client(self) -> httpx.AsyncClient:
        """Return a client that reaches this issuer, and nothing else."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def tokens(self, service: str, callers: frozenset[CallerKind] = _EVERY_CALLER) -> Tokens:
        """Return the verifier of a service that trusts this issuer alone."""
        return Tokens(service, [self.trusted(callers)], client=self.client(), clock=self.clock)

    def _answer(self, _: httpx.Request) -> httpx.Response:
        self.fetches += 1
        if self.is_away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json=self.jwks())

    def jwks(self) -> dict[str, Any]:
        """Return the document that holds the public keys."""
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    def claims(self, audience: str | list[str], **own: object) -> dict[str, Any]:
        """Return claims that are valid for ten minutes, with the caller's own."""
        now = int(self.clock.timestamp())
        times = {"iat": now, "nbf": now, "exp": now + 600}
        return {"iss": self.url, "aud": audience, **times, **own}

    def sign(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """Return the claims as a token; `header` changes members, None removes one."""
        members: dict[str, Any] = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}
        members |= header or {}
        shown = {name: value for name, value in members.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[str(shown["alg"])], strict_check_header=False)
        return jws.serialize_compact(shown, json.dumps(claims), self.key, registry=registry)

    def agency(self, service: str, code: str = "c_a182", **changes: object) -> str:
        """Return the `Authorization` header of an agency."""
        own = {"client_id": code, "purposeId": "p-1", "jti": f"j-{time.monotonic_ns()}"}
        return self._bearer(service, own | changes)

    def citizen(self, service: str, subject: UUID = SUBJECT, level: int = 2) -> str:
        """Return the `Authorization` header of a citizen."""
        acr = f"https://www.spid.gov.it/SpidL{level}"
        return self._bearer(service, {"sub": str(subject), "acr": acr})

    def operator(self, service: str, role: str = Role.DESK, **changes: object) -> str:
        """Return the `Authorization` header of an operator."""
        own = {"sub": "op-7", "agency": "c_a182", "role": role, "purpose": "desk", "case": "C-1"}
        return self._bearer(service, own | changes)

    def service(self, service: str, name: str) -> str:
        """Return the `Authorization` header of one of our services."""
        return self._bearer(service, {"client_id": name})

    def _bearer(self, service: str, own: Mapping[str, object]) -> str:
        return f"Bearer {self.sign(self.claims(f'urn:percorso:{service}', **own))}"


@contextmanager
def recorded_spans() -> Iterator[InMemorySpanExporter]:
    """Record every span that ends inside; the process's provider is made once and stays."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)  # noqa: S101 - made above
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield exporter
    finally:
        exporter.shutdown()
