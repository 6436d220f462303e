"""Where browsers are sent, and by what they are known again."""

from http.cookies import SimpleCookie

import pytest
from starlette.requests import Request

from percorso.identity.login.api import Pages

BROWSER = "b" * 43


def a_request(cookie: str) -> Request:
    """Make a request with a cookie."""
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


@pytest.mark.parametrize(
    ("is_secure", "name"), [(True, "__Host-percorso-login"), (False, "percorso-login")]
)
def test_over_https_the_cookie_is_of_this_host_alone(*, is_secure: bool, name: str) -> None:
    pages = Pages("https://portal.example/login/callback", is_secure=is_secure)

    response = pages.to_provider("https://provider.example/authorize?a=1", BROWSER)

    [(found, cookie)] = SimpleCookie(response.headers["set-cookie"]).items()
    assert (found, cookie.value, cookie["path"], cookie["domain"]) == (name, BROWSER, "/", "")
    assert bool(cookie["secure"]) is is_secure
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert pages.browser(a_request(f"{name}={BROWSER}")) == BROWSER


@pytest.mark.parametrize(
    "cookie", ["", "percorso-login=short", "percorso-login=" + "é" * 43, "x=y"]
)
def test_a_cookie_of_another_form_is_none(cookie: str) -> None:
    assert Pages("https://portal.example", is_secure=False).browser(a_request(cookie)) == ""


@pytest.mark.parametrize(
    ("callback", "location"),
    [
        ("https://portal.example/back", "https://portal.example/back?error=a%26b"),
        ("https://portal.example/back?x=1", "https://portal.example/back?x=1&error=a%26b"),
    ],
)
def test_browsers_return_to_the_one_address_of_the_portal(callback: str, location: str) -> None:
    response = Pages(callback, is_secure=True).to_portal(error="a&b")

    assert (response.status_code, response.headers["location"]) == (303, location)
