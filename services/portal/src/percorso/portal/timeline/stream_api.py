"""Tells the page of my timeline that something new is there, while it is open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from percorso.events.errors import Unavailable
from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Away
from percorso.portal.pages.visit import Visit
from percorso.portal.pages.visits import Visits

PATH = "/v1/timelines/me/stream"
MOST = 500  # each holds a connection to the browser and one to journey
CONNECTIONS = httpx.Limits(max_connections=MOST)
SILENCE_S = 40.0  # journey says something every 15 s
NEWS = b"event: touchpoint\ndata: new\n\n"
HEARTBEAT = b": heartbeat\n\n"


class Live:
    """The open streams: a bounded number, which all end when the process stops.

    `apis` has connections for as many, and no page needs one of them.
    """

    def __init__(self, apis: Apis) -> None:
        self.closing = asyncio.Event()
        self.open = 0
        self._apis = apis

    async def begin(self, authorization: str) -> "Following":
        """Begin to follow a timeline; Away where as many are followed as may be."""
        if self.open >= MOST:
            raise Away
        self.open += 1
        try:
            asked = self._apis.stream_request("journey", PATH, authorization)
            return Following(self, await self._apis.opened(asked))
        except BaseException:
            self.open -= 1
            raise

    def close(self) -> None:
        """End them all."""
        self.closing.set()


class Following:
    """One open stream of journey's, which is ended once, however often it is asked."""

    def __init__(self, live: Live, answer: httpx.Response) -> None:
        self.live = live
        self.answer = answer
        self._has_ended = False

    async def end(self) -> None:
        """Give its connection back."""
        if not self._has_ended:
            self._has_ended = True
            self.live.open -= 1
            await self.answer.aclose()


def router(visits: Visits, live: Live) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/timeline/stream")
    async def follow_timeline(
        visit: Annotated[Visit, Depends(visits.anybody)], request: Request
    ) -> Response:
        """For citizens: an event for each new touchpoint, without what it says.

        To anybody else 204, after which a browser asks no more.
        """
        if visit.session is None or not visit.is_citizen:
            return Response(status_code=204)
        following = await live.begin(visit.session.authorization)
        cookie = visits.cookies.session_of(request)
        return StreamingResponse(
            _events(following, visits, cookie),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
            # Of a browser that has left already the events are never begun, and so never ended.
            background=BackgroundTask(following.end),
        )

    return routes


async def _events(following: Following, visits: Visits, cookie: str) -> AsyncIterator[bytes]:
    """Yield what is new, and heartbeats; it ends with the session, whoever logs in after it."""
    lines = following.answer.aiter_lines()
    try:
        while (line := await _next(lines, following.live.closing)) is not None:
            said = _said(line)
            if said and not await _still_there(visits, cookie):
                return
            if said:
                yield said
    finally:
        await following.end()


def _said(line: str) -> bytes | None:
    """Return what a line of journey's is for the browser: that there is something, not what."""
    if line.startswith("event: touchpoint"):
        return NEWS
    return HEARTBEAT if line.startswith(":") else None


async def _next(lines: AsyncIterator[str], closing: asyncio.Event) -> str | None:
    """Return the next line; None at the end, when the process stops, or after a long silence."""
    reading = asyncio.ensure_future(anext(lines, None))
    stopping = asyncio.ensure_future(closing.wait())
    try:
        await asyncio.wait(
            {reading, stopping}, timeout=SILENCE_S, return_when=asyncio.FIRST_COMPLETED
        )
        with suppress(httpx.HTTPError):
            return reading.result() if reading.done() else None
        return None
    finally:
        for task in (reading, stopping):
            task.cancel()


async def _still_there(visits: Visits, cookie: str) -> bool:
    with suppress(Unavailable):
        return await visits.sessions.find(cookie, is_use=False) is not None
    return False
