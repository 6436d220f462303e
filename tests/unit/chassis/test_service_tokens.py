"""A service's own tokens: asked for once, kept, and given up in time when identity is away."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt

from percorso.chassis import service_tokens
from percorso.chassis.service_tokens import ServiceTokens
from percorso.chassis.settings import Misconfigured
from percorso.chassis.testing import FakeClock
from percorso.events.errors import Unavailable

URL = "http://identity.example"
Answer = Callable[[httpx.Request], httpx.Response]


class Identity:
    """Answers requests for tokens, numbered, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answer: Answer | None = None

    async def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, after everybody else had a turn."""
        self.asked.append(request)
        await asyncio.sleep(0)
        if self.answer is not None:
            return self.answer(request)
        token = f"token-{len(self.asked)}"
        return httpx.Response(200, json={"access_token": token, "expires_in": 600})

    def forms(self) -> list[dict[str, str]]:
        """Return what was sent."""
        return [dict(parse_qsl(each.content.decode())) for each in self.asked]


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return a_key(tmp_path)


def a_key(folder: Path, curve: ec.EllipticCurve | None = None) -> Path:
    """Write a fresh private key."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    file = folder / "notifications.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


def tokens(identity: Identity, key_file: Path, clock: FakeClock) -> ServiceTokens:
    """Return tokens that this identity gives."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(identity.respond))
    return ServiceTokens(
        f"{URL}/", "notifications", key_file, "identity", client=client, clock=clock
    )


async def test_it_asks_with_a_signed_assertion(
    identity: Identity, key_file: Path, clock: FakeClock
) -> None:
    async with tokens(identity, key_file, clock) as own:
        assert await own.authorization() == "Bearer token-1"

    (form,) = identity.forms()
    assertion = jwt.decode(
        form.pop("client_assertion"), service_tokens.read_key(key_file), ["ES256"]
    )
    assert str(identity.asked[0].url) == f"{URL}/v1/service-tokens"
    assert form == {
        "grant_type": "client_credentials",
        "client_assertion_type": service_tokens.ASSERTION_TYPE,
        "resource": "urn:percorso:identity",
    }
    now = int(clock.timestamp())
    assert assertion.header["kid"] == "notifications"
    assert len(assertion.claims.pop("jti")) >= 16
    assert assertion.claims == {
        "iss": "notifications",
        "sub": "notifications",
        "aud": f"{URL}/v1/service-tokens",
        "iat": now,
        "exp": now + 60,
    }


async def test_a_token_is_kept_until_a_minute_before_its_end(
    identity: Identity, key_file: Path, clock: FakeClock
) -> None:
    async with tokens(identity, key_file, clock) as own:
        await own.authorization()
        clock.advance(539)
        assert await own.authorization() == "Bearer token-1"
        clock.advance(1)
        assert await own.authorization() == "Bearer token-2"

    one, other = identity.forms()
    assert one["client_assertion"] != other["client_assertion"]


async def test_many_at_once_ask_once(identity: Identity, key_file: Path, clock: FakeClock) -> None:
    async with tokens(identity, key_file, clock) as own:
        given = await asyncio.gather(*(own.authorization() for _ in range(20)))

    assert set(given) == {"Bearer token-1"}
    assert len(identity.asked) == 1


def _broken(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("away")


@pytest.mark.parametrize(
    "answer",
    [
        _broken,
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(401, json={"error": "invalid_client"}),
        lambda _: httpx.Response(302, headers={"Location": "http://elsewhere.example"}),
        lambda _: httpx.Response(200, text="no json"),
        lambda _: httpx.Response(200, json=["access_token"]),
        lambda _: httpx.Response(200, json={"access_token": "token"}),
        lambda _: httpx.Response(200, json={"access_token": 1, "expires_in": 600}),
        lambda _: httpx.Response(200, json={"access_token": "token", "expires_in": "600"}),
    ],
)
async def test_without_a_token_it_is_unavailable_and_recovers(
    identity: Identity, key_file: Path, clock: FakeClock, answer: Answer
) -> None:
    identity.answer = answer
    async with tokens(identity, key_file, clock) as own:
        with pytest.raises(Unavailable):
            await own.authorization()
        identity.answer = None
        assert await own.authorization() == "Bearer token-2"


async def test_it_waits_no_longer_than_its_deadline(
    identity: Identity, key_file: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_tokens, "DEADLINE_S", 0.01)
    never = asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        await never.wait()
        raise AssertionError

    monkeypatch.setattr(identity, "respond", hang)
    async with tokens(identity, key_file, clock) as own:
        results = await asyncio.gather(
            *(own.authorization() for _ in range(3)), return_exceptions=True
        )

    assert [type(each) for each in results] == [Unavailable] * 3


async def test_its_secrets_are_not_said(
    identity: Identity,
    key_file: Path,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    async with tokens(identity, key_file, clock) as own:
        await own.authorization()
        identity.answer = lambda _: httpx.Response(401, text="token-x")
        clock.advance(600)
        with pytest.raises(Unavailable) as refused:
            await own.authorization()

    said = f"{caplog.text}{''.join(capsys.readouterr())}{own!r}{refused.value}"
    assert "identity does not take this service's key" in said
    assert "token-" not in said
    assert not any(form["client_assertion"] in said for form in identity.forms())


@pytest.mark.parametrize("content", [b"", b"no key", None])
def test_without_a_usable_key_it_is_misconfigured(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(Misconfigured):
        ServiceTokens(URL, "notifications", file, "identity")


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        ServiceTokens(URL, "notifications", a_key(tmp_path, ec.SECP384R1()), "identity")
