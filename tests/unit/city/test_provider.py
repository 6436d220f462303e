"""The provider of invented identities, as a client meets it."""

import asyncio
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from percorso.chassis.testing import FakeClock
from percorso.city import demo
from percorso.city.city import City
from percorso.city.cli import DEFAULT_START
from percorso.city.fiscal_codes import is_fiscal_code
from percorso.city.provider import clients, pages, signing
from percorso.city.provider.app import Provider
from percorso.city.provider.memory import Memory
from percorso.city.provider.persons import FISCAL_NUMBER, Persons
from percorso.city.provider.signing import Signer
from tests.support.clients import (
    CLIENT_ID,
    ISSUER,
    REGISTERED,
    RelyingParty,
    jwks,
    parts,
)

L2 = "https://www.spid.gov.it/SpidL2"
KEY = RSAKey.generate_key(2048, {"kid": "provider", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "signs"})
CITY = City(7, 400, start=DEFAULT_START)


@pytest.fixture
def clock() -> FakeClock:
    """Give the provider's clock."""
    return FakeClock()


@pytest.fixture
async def party(clock: FakeClock) -> AsyncIterator[RelyingParty]:
    """Give a client of a provider with a clock of its own."""
    provider = Provider(
        ISSUER,
        signer=Signer(ISSUER, KEY),
        registered={CLIENT_ID: REGISTERED},
        persons=Persons(CITY),
        now=clock.timestamp,
    )
    transport = httpx.ASGITransport(provider.app())
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield RelyingParty(http, now=clock.timestamp())


async def test_whoever_logs_in_is_known_by_spids_claims(
    party: RelyingParty, clock: FakeClock
) -> None:
    page = await party.ask(party.request())
    answered = parts(await party.choose(page))
    tokens = (await party.redeem(answered.pop("code"))).json()

    assert answered == {"state": "s" * 43, "iss": ISSUER}
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "id_token"}
    said = await party.verified(tokens["id_token"])
    user = await party.read_user(tokens["access_token"])
    now = int(clock.timestamp())
    assert said == {
        "iss": ISSUER, "aud": CLIENT_ID, "sub": user["sub"], "acr": L2, "nonce": "n" * 43,
        "iat": now, "nbf": now, "exp": now + 180, "at_hash": said["at_hash"],
    }  # fmt: skip
    assert user[FISCAL_NUMBER] == "TINIT-RSSMRA85T10A562S"
    assert user["given_name"] == "Persona"
    assert "family_name" not in user  # it was not asked for
    assert "RSSMRA" not in user["sub"]


async def test_the_demo_people_are_offered_with_what_is_known_of_them(party: RelyingParty) -> None:
    request = party.request(claims={"userinfo": dict.fromkeys(pages.ATTRIBUTES)})
    page = await party.ask(request)

    for each in demo.people(CITY):
        assert each.person.name in page.text
        fields = {"person": each.person.fiscal_code, "code": ""}
        answered = parts(await party.choose(await party.ask(request), **fields))
        tokens = (await party.redeem(answered["code"])).json()
        user = await party.read_user(tokens["access_token"])
        assert user[FISCAL_NUMBER] == f"TINIT-{each.person.fiscal_code}"
        assert user["family_name"] == each.person.civil.surname
        assert user["birthdate"] == each.person.civil.born.isoformat()
        assert user["email"] == each.person.known_as["email"].value


@pytest.mark.parametrize(("asked", "chosen", "got"), [(1, "3", 3), (2, "1", 2), (3, "x", 3)])
async def test_the_level_is_the_chosen_one_and_never_below_the_one_asked_for(
    party: RelyingParty, asked: int, chosen: str, got: int
) -> None:
    request = party.request(acr_values=f"https://www.spid.gov.it/SpidL{asked}")
    answered = parts(await party.choose(await party.ask(request), level=chosen))
    tokens = (await party.redeem(answered["code"])).json()

    said = await party.verified(tokens["id_token"])

    assert said["acr"] == f"https://www.spid.gov.it/SpidL{got}"


async def test_whoever_gives_up_returns_with_the_error(party: RelyingParty) -> None:
    page = await party.ask(party.request())

    answered = parts(await party.choose(page, do="cancel"))

    assert answered == {"error": "access_denied", "state": "s" * 43, "iss": ISSUER}
    assert (await party.choose(page)).status_code == 400


UNANSWERABLE: dict[str, dict[str, object]] = {
    "another audience": {"aud": "http://other.example"},
    "another issuer": {"iss": "http://other.example"},
    "expired": {"exp": 0},
    "without an end": {"exp": ...},
    "too long": {"exp": 2_000_000_000},
    "from tomorrow": {"iat": 1_900_000_000, "exp": 1_900_000_060},
    "another place to return to": {"redirect_uri": "http://evil.example"},
    "nowhere to return to": {"redirect_uri": ...},
}


@pytest.mark.parametrize("changed", UNANSWERABLE.values(), ids=UNANSWERABLE.keys())
async def test_a_request_that_no_client_of_ours_makes_ends_here(
    party: RelyingParty, changed: dict[str, object]
) -> None:
    answer = await party.ask(party.request(**changed))

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "query", [{"client_id": "http://other.example"}, {"request": ""}, {"request": "a.b.c"}]
)
async def test_an_unsigned_or_foreign_request_ends_here(
    party: RelyingParty, query: dict[str, str]
) -> None:
    assert (await party.ask(party.request(), **query)).status_code == 400


async def test_a_request_signed_by_somebody_else_ends_here(party: RelyingParty) -> None:
    party.key = OTHER

    assert (await party.ask(party.request())).status_code == 400


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "another flow": ({"response_type": "token"}, "unsupported_response_type"),
    "no openid": ({"scope": "profile"}, "invalid_scope"),
    "no nonce": ({"nonce": ...}, "invalid_request"),
    "a short nonce": ({"nonce": "n"}, "invalid_request"),
    "no challenge": ({"code_challenge": ...}, "invalid_request"),
    "a plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no level": ({"acr_values": ...}, "invalid_request"),
    "unreadable attributes": ({"claims": "{"}, "invalid_request"),
}


@pytest.mark.parametrize(("changed", "error"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_request_that_is_not_as_the_rules_want_it_is_sent_back(
    party: RelyingParty, changed: dict[str, object], error: str
) -> None:
    query = {"response_type": "token"} if error == "unsupported_response_type" else {}

    answered = parts(await party.ask(party.request(**changed), **query))

    assert answered == {"error": error, "state": "s" * 43, "iss": ISSUER}


async def test_what_stands_outside_the_request_object_must_be_the_same(party: RelyingParty) -> None:
    assert parts(await party.ask(party.request(), scope="openid x"))["error"] == "invalid_request"


INVALID: dict[str, tuple[dict[str, str], str]] = {
    "another verifier": ({"code_verifier": "w" * 43}, "invalid_grant"),
    "no verifier": ({"code_verifier": ""}, "invalid_grant"),
    "another place": ({"redirect_uri": "http://evil.example"}, "invalid_grant"),
    "another code": ({"code": "x" * 43}, "invalid_grant"),
    "another grant": ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    "another client": ({"client_id": "http://other.example"}, "invalid_client"),
    "no assertion": ({"client_assertion": ""}, "invalid_client"),
    "another kind of assertion": ({"client_assertion_type": "x"}, "invalid_client"),
}


@pytest.mark.parametrize(("changed", "error"), INVALID.values(), ids=INVALID.keys())
async def test_a_code_is_of_use_only_to_whom_it_was_given(
    party: RelyingParty, changed: dict[str, str], error: str
) -> None:
    answer = await party.redeem(await party.code(), **changed)

    assert answer.json() == {"error": error}
    assert answer.status_code in {400, 401}


WRONG: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "http://other.example"},
    "two audiences": {"aud": [ISSUER, "http://other.example"]},
    "another subject": {"sub": "http://other.example"},
    "no number": {"jti": None},
    "expired": {"exp": 0},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
async def test_an_assertion_must_say_who_we_are(
    party: RelyingParty, changed: dict[str, Any]
) -> None:
    assertion = party.signed(party.assertion(**changed))

    answer = await party.redeem(await party.code(), client_assertion=assertion)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_a_code_and_an_assertion_are_good_once(party: RelyingParty) -> None:
    code = await party.code()
    assertion = party.signed(party.assertion())

    answers = await asyncio.gather(*(party.redeem(code) for _ in range(3)))
    again = [await party.redeem(await party.code(), client_assertion=assertion) for _ in range(2)]

    assert sorted(each.status_code for each in answers) == [200, 400, 400]
    assert [each.status_code for each in again] == [200, 401]


async def test_a_wrong_verifier_uses_the_code_up(party: RelyingParty) -> None:
    code = await party.code()
    await party.redeem(code, code_verifier="w" * 43)

    assert (await party.redeem(code)).json() == {"error": "invalid_grant"}


async def test_what_is_kept_is_gone_in_time(party: RelyingParty, clock: FakeClock) -> None:
    page = await party.ask(party.request())
    code = await party.code()
    token = (await party.redeem(await party.code())).json()["access_token"]
    clock.advance(301)
    party.now = clock.timestamp()

    assert (await party.choose(page)).status_code == 400
    assert (await party.redeem(code)).json() == {"error": "invalid_grant"}
    answer = await party.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("code", ["", "RSSMRA85T10A562X", "X" * 16, "<script>"])
async def test_a_wrong_fiscal_code_is_said_and_can_be_put_right(
    party: RelyingParty, code: str
) -> None:
    page = await party.ask(party.request())

    again = await party.choose(page, code=code)

    assert again.status_code == 422
    assert pages.UNKNOWN in again.text
    assert 'id="other" value="" checked' in again.text
    assert "<script>" not in again.text
    assert "code" in parts(await party.choose(again))


@pytest.mark.parametrize("path", ["/", "/authorize", "page"])
async def test_every_page_says_that_nothing_is_real_and_runs_no_script(
    party: RelyingParty, path: str
) -> None:
    answer = await party.ask(party.request()) if path == "page" else await party.http.get(path)

    assert "Non è SPID e non è CIE" in answer.text
    assert "<script" not in answer.text
    assert '<html lang="it">' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


async def test_every_field_of_the_page_has_its_label(party: RelyingParty) -> None:
    page = _Fields()
    page.feed((await party.ask(party.request())).text)

    assert len(page.fields) >= 6
    assert page.fields == page.labelled


async def test_the_description_names_what_is_there(party: RelyingParty) -> None:
    described = (await party.http.get("/.well-known/openid-configuration")).json()

    assert described["issuer"] == ISSUER
    assert described["code_challenge_methods_supported"] == ["S256"]
    assert described["authorization_response_iss_parameter_supported"] is True
    for name in ("jwks_uri", "authorization_endpoint", "userinfo_endpoint"):
        answer = await party.http.get(described[name])
        assert answer.status_code in {200, 400, 401}
    keys = (await party.http.get(described["jwks_uri"])).json()["keys"]
    assert [key["kid"] for key in keys] == ["provider"]
    assert "d" not in keys[0]


def test_keys_are_read_from_their_files(tmp_path: Path) -> None:
    public, key = tmp_path / "client.jwks", tmp_path / "key.pem"
    public.write_text(jwks(), encoding="utf-8")
    key.write_bytes(KEY.as_pem(private=True))

    client = REGISTERED._replace(keys=clients.read_keys(public))

    assert client.encryption_key.kid == "reads"
    assert not client.encryption_key.is_private
    assert signing.read_key(key).kid == signing.read_key(key).kid != KEY.kid


def test_another_client_gets_another_name_of_the_same_person() -> None:
    signer = Signer(ISSUER, KEY)
    other = REGISTERED._replace(client_id="http://other.example")

    names = {
        signer.subject(client, number)
        for client in (REGISTERED, other)
        for number in ("TINIT-A", "TINIT-B")
    }

    assert len(names) == 4


def test_memory_is_bounded() -> None:
    memory: Memory[int] = Memory(60.0, lambda: 0.0, most=2)
    names = [memory.keep(number) for number in range(3)]

    assert [memory.read(name) for name in names] == [None, 1, 2]
    assert not memory.add(names[2], 4)


def test_the_cities_codes_are_codes_and_changed_ones_are_not() -> None:
    codes = [person.fiscal_code for person in CITY.people]

    assert all(map(is_fiscal_code, codes))
    assert not any(is_fiscal_code(f"{code[:15]}{_next(code[15])}") for code in codes)
    assert not is_fiscal_code(codes[0].lower())


def _next(letter: str) -> str:
    return chr((ord(letter) - ord("A") + 1) % 26 + ord("A"))


class _Fields(HTMLParser):
    """The fields that a person fills in, and those that a label names."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self.labelled: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        members = {name: value or "" for name, value in attrs}
        if tag == "label":
            self.labelled.add(members["for"])
        elif tag in {"input", "select"} and members.get("type") != "hidden":
            self.fields.add(members["id"])
