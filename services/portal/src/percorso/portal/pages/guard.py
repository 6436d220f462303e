"""What stands around every answer: headers, refusal of other sites' forms, and a page for a bug."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        # Bootstrap Italia's style sheet holds the signs of its notices, and a font that no page uses.
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send forms with the origin `null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HSTS = "max-age=31536000; includeSubDomains"
STATIC = "/static/"
STATIC_S = 3600
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Answer = Callable[[Request], Response]


class Guard:
    """Wraps the application; `origin` is where its own forms come from."""

    def __init__(self, app: ASGIApp, origin: str, *, forged: Answer, failed: Answer) -> None:
        self._app = app
        self._origin = origin
        self._is_https = origin.startswith("https:")
        self._forged = forged
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, has_begun = Request(scope, receive), False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                self._add_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        if not self._is_own(request):
            await self._forged(request)(scope, receive, sending)
            return
        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not has_begun:
                await self._failed(request)(scope, receive, sending)
            raise  # it is logged with its trace, further out

    def _is_own(self, request: Request) -> bool:
        """Say whether a request changes nothing, or comes from one of our own pages."""
        if request.method in SAFE:
            return True
        origin = request.headers.get("origin")
        if origin is None:  # browsers that leave it out say this
            return request.headers.get("sec-fetch-site") == "same-origin"
        return origin == self._origin

    def _add_headers(self, headers: MutableHeaders, path: str) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        is_static = path.startswith(STATIC)
        headers["Cache-Control"] = f"public, max-age={STATIC_S}" if is_static else "no-store"
        if self._is_https:
            headers["Strict-Transport-Security"] = HSTS


def origin_of(url: str) -> str:
    """Return the origin of a URL, as browsers name it."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"
