"""Tells the page of my timeline that something new is there, while it is open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from percorso.events.errors import Unavailable
from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Away
from percorso.portal.pages.visit import Visit
from percorso.portal.pages.visits import Visits

PATH = "/v1/timelines/me/stream"
MOST = 500  # each holds a connection to the browser and one to journey
SILENCE_S = 40.0  # journey says something every 15 s
NEWS = b"event: touchpoint\ndata: new\n\n"
HEARTBEAT = b": heartbeat\n\n"


class Live:
    """The open streams: a bounded number, which all end when the process stops."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self.open = 0

    def close(self) -> None:
        """End them all."""
        self.closing.set()


def router(visits: Visits, apis: Apis, live: Live) -> APIRouter:
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
        if live.open >= MOST:
            raise Away
        asked = apis.stream_request("journey", PATH, visit.session.authorization)
        answer = await apis.opened(asked)
        cookie = visits.cookies.session_of(request)
        return StreamingResponse(
            _events(answer, live, visits, cookie),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    return routes


async def _events(
    answer: httpx.Response, live: Live, visits: Visits, cookie: str
) -> AsyncIterator[bytes]:
    """Yield what is new, and heartbeats; it ends with the session, whoever logs in after it."""
    live.open += 1
    lines = answer.aiter_lines()
    try:
        while (line := await _next(lines, live.closing)) is not None:
            said = _said(line)
            if said and not await _still_there(visits, cookie):
                return
            if said:
                yield said
    finally:
        live.open -= 1
        await answer.aclose()


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
