"""The route that tells a citizen of new touchpoints while they look, as server-sent events."""

import time
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated
from uuid import UUID

from asyncpg import Pool
from fastapi import APIRouter, Depends, Path
from fastapi.responses import StreamingResponse

from percorso.chassis.auth import Caller, Citizen, Tokens, caller, citizen
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, Overloaded, Unauthorized, responses
from percorso.citizens import store as citizens
from percorso.events.errors import Unavailable
from percorso.journey.timelines import store, views
from percorso.journey.timelines.facts import is_told_to
from percorso.journey.timelines.news import News
from percorso.journey.timelines.streams import Stream, Streams

HEARTBEAT_S = 15.0
MAX_S = 3_600.0  # as long as a token of ours; then the front end connects anew
HEARTBEAT = b": heartbeat\n\n"
Pseudonym = Annotated[UUID, Path(description="The citizen's pseudonym")]
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def router(pool: Pool, tokens: Tokens, streams: Streams) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1/timelines", tags=["timelines"])

    @routes.get(
        "/me/stream",
        summary="Hear of my new touchpoints; a hint: after a reconnect, read the page",
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
            **responses(Unauthorized, Forbidden, Overloaded),
        },
    )
    async def follow_own_timeline(
        reader: Annotated[Citizen, Depends(citizen(tokens))],
    ) -> StreamingResponse:
        """For citizens: an event for each new touchpoint, and a heartbeat every 15 s."""
        async with transaction(pool) as connection:
            subjects = await citizens.members(connection, reader.subject)
        streams.check_room()
        return StreamingResponse(
            follow(pool, streams, subjects, reader.subject),
            media_type="text/event-stream",
            headers=_HEADERS,
        )

    @routes.get(
        "/{subject}/stream",
        summary="Nobody follows another's timeline: refused to everybody",
        responses=responses(Unauthorized, Forbidden),
    )
    async def follow_timeline(
        subject: Pseudonym,  # noqa: ARG001 - a route of the contract
        reader: Annotated[Caller, Depends(caller(tokens))],  # noqa: ARG001
    ) -> None:
        """For nobody: an operator reads pages, of which each is an entry that the citizen sees."""
        raise Forbidden

    return routes


async def follow(
    pool: Pool, streams: Streams, subjects: Sequence[UUID], subject: UUID
) -> AsyncGenerator[bytes]:
    """Yield one event for each new touchpoint, and a heartbeat every 15 s.

    `subjects` are the citizen's when it begins; links that are made and undone meanwhile are
    followed, and nothing is told of who is no longer linked.
    """
    ends_at = time.monotonic() + MAX_S
    with streams.opened(subjects) as stream:
        yield HEARTBEAT
        while (left := ends_at - time.monotonic()) > 0:
            try:
                news = await stream.next(min(HEARTBEAT_S, left))
            except TimeoutError:
                yield HEARTBEAT
                await _follow_links(pool, streams, stream, subject)
                continue
            if news is None:
                return
            if event := await _event(pool, streams, stream, subject, news):
                yield event


async def _event(
    pool: Pool, streams: Streams, stream: Stream, subject: UUID, news: News
) -> bytes | None:
    """Return the touchpoint as an event; None if it is not the citizen's now, hidden, or away."""
    try:
        async with transaction(pool) as connection:
            members = await citizens.members(connection, subject)
            row = await store.one(connection, news.subject, news.place)
    except Unavailable:
        return None
    streams.follow(stream, members)
    if row is None or news.subject not in members:
        return None
    is_told = is_told_to({*members}, row["type"], row["touchpoint"])
    return _framed(views.render_item(row)) if is_told else None


def _framed(item: bytes) -> bytes:
    """Write one event; a payload may stand on several lines, as its agency sent it."""
    lines = b"".join(b"data: %b\n" % line for line in item.splitlines())
    return b"event: touchpoint\n%b\n" % lines


async def _follow_links(pool: Pool, streams: Streams, stream: Stream, subject: UUID) -> None:
    try:
        async with transaction(pool) as connection:
            streams.follow(stream, await citizens.members(connection, subject))
    except Unavailable:
        return
