"""Where the portal leads a browser: to its own pages, whatever was asked for."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.portal.pages.paths import HOME, own, to_login, within

PORTAL = "https://portal.example"
# What identity takes as a path of ours (`GET /v1/login`).
TAKEN_BY_IDENTITY = re.compile(r"/([!-.0-\[\]-~][!-\[\]-~]*)?")


@pytest.mark.parametrize(
    "path", ["/", "/timeline", "/timeline?matter=AN%2F2026%2F123&agency=c_a182", "/suggestions/1"]
)
def test_a_page_of_ours_is_led_to(path: str) -> None:
    assert own(path) == path


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "timeline",
        "//evil.example",
        "//evil.example/timeline",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/timeline\r\nSet-Cookie: a=b",
        "/ timeline",
        "/è",
        "/" + "a" * 1_000,
        "/logout",
        "/login/start",
        "/language",
    ],
)
def test_nothing_else_is_led_to(text: str | None) -> None:
    assert own(text) == HOME


@given(st.text(alphabet=st.sampled_from("/\\.:@?#%a\t\n evil"), max_size=30) | st.text(max_size=30))
def test_no_text_leads_to_another_host(text: str) -> None:
    for led in (own(text), within(text)):
        assert urlsplit(urljoin(f"{PORTAL}/login", led)).netloc == "portal.example"
        assert TAKEN_BY_IDENTITY.fullmatch(led)


def test_operations_are_led_to_their_own_login() -> None:
    assert to_login("/operations") == "/operations/login"
    assert to_login("/timeline").startswith("/login?")
