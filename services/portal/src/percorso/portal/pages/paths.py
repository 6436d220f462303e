"""Where the portal leads a browser: never away by what a request says; pure."""

import re
from urllib.parse import quote, urlsplit

HOME, OPERATIONS = "/", "/operations"
MAX_PATH = 1_000
_OWN = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII without the backslash
# To be led there after a login would end the session, or begin another one.
_NO_PAGES = ("/login", "/logout", "/language", "/static")


def within(text: str | None) -> str:
    """Return the path where it is within the portal, else the first page's."""
    if text is None or len(text) > MAX_PATH or not _OWN.fullmatch(text):
        return HOME
    parts = urlsplit(text)
    return HOME if parts.scheme or parts.netloc else text


def own(text: str | None) -> str:
    """Return the path where it is a page to return to after a login, else the first page's."""
    path = within(text)
    return HOME if path.startswith(_NO_PAGES) else path


def to_login(path: str, level: int | None = None) -> str:
    """Return where a browser logs in, at a level if one is named, that then returns to the path.

    Operations have a way in of their own.
    """
    if path.startswith(OPERATIONS):
        return f"{OPERATIONS}/login"
    at = "" if level is None else f"&level={level}"
    return f"/login?return_to={quote(path, safe='')}{at}"
