"""The HTTP client for providers: whatever one answers, it takes neither our memory nor our time."""

from collections.abc import AsyncIterator

import httpx

MAX_ANSWER = 65_536  # bytes; a set of keys or the claims of a person has a few thousand
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class TooLarge(httpx.RequestError):
    """The answer has more bytes than any good one."""


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > MAX_ANSWER:
                raise TooLarge("the answer is too large")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx.Response) -> None:
    # Compressed, a few bytes become many; we ask for none of that.
    is_plain = response.headers.get("content-encoding", "identity") == "identity"
    if not is_plain or not isinstance(response.stream, httpx.AsyncByteStream):
        raise TooLarge("the answer is compressed")
    response.stream = _Bounded(response.stream)


def open_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the client; it follows no redirect, and no proxy stands before our own machine."""
    mounts = dict.fromkeys(f"all://{host}" for host in _LOOPBACK)
    return httpx.AsyncClient(
        transport=transport,
        mounts=mounts if transport is None else None,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_bound]},
    )
