"""A service to start, frighten and stop: `fake_service.py SCENARIO serve ...`."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic_settings import SettingsConfigDict

from percorso.chassis import logs, problems, runtime
from percorso.chassis.service import Only, Parts, Program, main
from percorso.chassis.settings import HttpSettings, Misconfigured
from percorso.events.errors import Unavailable

SCENARIO = sys.argv[1]
MARK = "RSSMRA85T10A562S"
runtime.STOP_S = float(os.environ.get("STOP_S", runtime.STOP_S))
_log = logs.get("percorso.fake")
_builds = 0
_finish_streams = asyncio.Event()


class Settings(HttpSettings):
    model_config = SettingsConfigDict(env_prefix="PERCORSO_FAKE_")

    port: int = 0


async def steady(stopping: asyncio.Event) -> None:
    await stopping.wait()
    await asyncio.sleep(0.2)
    _log.info("worker ended")


async def crash(_: asyncio.Event) -> None:
    await asyncio.sleep(0.3)
    raise KeyError(MARK)


async def leave(_: asyncio.Event) -> None:
    await asyncio.sleep(0.1)


async def misconfigured(_: asyncio.Event) -> None:
    raise Misconfigured("the key is not the one of this database")


async def stubborn(_: asyncio.Event) -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            _log.info("worker will not end")


async def deaf(stopping: asyncio.Event) -> None:
    await stopping.wait()
    time.sleep(60)  # noqa: ASYNC251 - the loop itself hangs, that is the scenario


async def away_at_the_end(stopping: asyncio.Event) -> None:
    await stopping.wait()
    raise Unavailable


async def broken_at_the_end(stopping: asyncio.Event) -> None:
    await stopping.wait()
    raise KeyError(MARK)


WORKERS: Mapping[str, Callable[[asyncio.Event], Awaitable[None]]] = {
    "crash": crash,
    "leave": leave,
    "misconfigured": misconfigured,
    "stubborn": stubborn,
    "deaf": deaf,
    "away-at-the-end": away_at_the_end,
    "broken-at-the-end": broken_at_the_end,
}


@asynccontextmanager
async def resource(name: str) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if SCENARIO == "stuck-close":
            await asyncio.sleep(60)
        if SCENARIO == "broken-close" and name == "second":
            raise KeyError(MARK)
        _log.info(f"{name} closed")


async def fine() -> None:
    return None


async def touchpoints() -> Mapping[str, object]:
    return {"touchpoints": 7}


def create_app() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.get("/slow")
    async def slow() -> str:
        _log.info("request began")
        await asyncio.sleep(1)
        return "done"

    @app.get("/bug")
    async def bug() -> None:
        raise KeyError(MARK)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def beats() -> AsyncIterator[str]:
            while not _finish_streams.is_set():
                yield "beat\n"
                await asyncio.sleep(0.05)
            yield "end\n"

        return StreamingResponse(beats())

    return app


@asynccontextmanager
async def build(settings: Settings, *, only: Only | None) -> AsyncIterator[Parts]:
    global _builds  # noqa: PLW0603 - how often it was tried is what the scenario shows
    _builds += 1
    if SCENARIO == "needs-patience" and _builds < 4:
        raise Unavailable
    if SCENARIO == "waits-for-ever":
        _log.info("opening")
        await asyncio.Event().wait()
    if SCENARIO == "cannot-open":
        raise KeyError(MARK)
    if SCENARIO == "wrong-key":
        raise Misconfigured("the key is not the one of this database")
    async with AsyncExitStack() as stack:
        for name in ("first", "second"):
            await stack.enter_async_context(resource(name))
        yield Parts(
            app=None if only == "worker" else create_app(),
            workers={} if only == "http" else {"worker": WORKERS.get(SCENARIO, steady)},
            checks={"nothing": fine},
            status=touchpoints,
            on_stop=_finish_streams.set if SCENARIO != "endless-stream" else lambda: None,
        )


if __name__ == "__main__":
    main(Program("journey", Settings, build), sys.argv[2:])
