"""Lives and ends in order: HTTP and workers side by side, and one deadline for the stop."""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Set
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from math import inf

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from percorso.chassis import health, logs, openapi, problems
from percorso.chassis.deadline import Deadline
from percorso.chassis.health import Check, Health, Status
from percorso.chassis.openapi import UNPUBLISHED, Publication
from percorso.chassis.settings import EX_CONFIG, Misconfigured
from percorso.chassis.tracing import Traced
from percorso.events.errors import Unavailable

EX_SOFTWARE = os.EX_SOFTWARE  # 70, of sysexits.h: a part of the process died
STOP_S = 10.0  # what operators are promised; the shares below add up to it
HTTP_GRACE_S = 3  # requests in hand take milliseconds; what is open longer is a stream
HTTP_S = 4.0
CLOSE_RESERVE_S = 3.5  # of the workers' share, for the resources and the spans
FLUSH_RESERVE_S = 1.5
CANCEL_S = 0.5
KEEP_ALIVE_S = (
    65  # longer than the minute that proxies keep idle connections, so that they close first
)
MAX_PAUSE_S = 5.0

# A batch of a thousand events is 25,000 tuples that die without help. Python's own thresholds walk
# them again and again: an eighth of journey's CPU while it catches up.
GC_THRESHOLDS = (20_000, 20, 20)

Worker = Callable[
    [asyncio.Event], Awaitable[None]
]  # the event means: finish what is in hand, return
Tasks = Set[asyncio.Task[None]]
MAX_HEAD = 65_536  # bytes; a token has 8 KiB at the most, and the parser itself knows no bound
_OFFER = b"\r\nUpgrade: h2c\r\n"
_log = logs.get(__name__)


async def _no_members() -> Mapping[str, object]:
    return {}


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of, once its resources are open."""

    app: FastAPI | None = None
    hot: Mapping[str, ASGIApp] = field(default_factory=dict)  # "POST /path", also routes of `app`
    workers: Mapping[str, Worker] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    status: Status = _no_members
    on_stop: Callable[[], None] = _nothing  # called first of all: ends open streams


@dataclass(frozen=True, slots=True)
class Identity:
    """Which service this is, and where it is published."""

    name: str
    version: str
    publication: Publication = UNPUBLISHED


Build = Callable[[], AbstractAsyncContextManager[Parts]]


def leave_at_last(seconds: float, code: Callable[[], int]) -> None:
    """End the process after the time, whatever hangs; a thread, since the loop may be what hangs."""

    def leave() -> None:
        _log.error("the stop took too long, leaving what hangs")
        sys.stdout.flush()
        os._exit(code())

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


class Stop:
    """Whether the process was asked to stop, with which exit code, and how long that may take."""

    def __init__(self, at_last: Callable[[float, Callable[[], int]], None] = leave_at_last) -> None:
        self.asked = asyncio.Event()
        self.code = 0
        self._at_last = at_last
        self._deadline: Deadline | None = None
        self._opening: asyncio.Task[object] | None = None

    @property
    def deadline(self) -> Deadline:
        """The deadline of the stop; it runs from the moment of asking."""
        if self._deadline is None:
            self._deadline = Deadline(STOP_S)
        return self._deadline

    def ask(self, code: int = 0) -> None:
        """Ask for the stop; asking again changes nothing but a good exit code into a bad one."""
        self.code = self.code or code
        if self.asked.is_set():
            return
        self.asked.set()
        self._at_last(self.deadline.remaining(), lambda: self.code)
        if self._opening is not None:
            self._opening.cancel()

    @contextmanager
    def during_opening(self) -> Iterator[None]:
        """Let the stop interrupt what waits inside; it ends the block without an error."""
        self._opening = task = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            if not self.asked.is_set() or task is None or task.uncancel():
                raise
        finally:
            self._opening = None


async def serve(identity: Identity, listener: socket.socket, build: Build, stop: Stop) -> int:
    """Run until a signal or a death, stop in order and return the exit code."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.loop_exception)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.ask)
    resources = AsyncExitStack()
    try:
        parts = await _opened(resources, build, stop)
        if parts is not None and not stop.asked.is_set():
            await _live(identity, listener, parts, stop)
    except Exception as error:  # noqa: BLE001 - whatever it is, the stop goes on in its order
        _log.exception("the service cannot run")
        stop.ask(EX_CONFIG if isinstance(error, Misconfigured) else EX_SOFTWARE)
    listener.close()
    stop.ask()
    await _closed(resources, stop)
    return stop.code


async def _opened(resources: AsyncExitStack, build: Build, stop: Stop) -> Parts | None:
    pause_s = 0.1
    with stop.during_opening():
        while True:
            try:
                return await resources.enter_async_context(build())
            except Unavailable:
                _log.info("waiting for what the service needs")
            await asyncio.sleep(pause_s)
            pause_s = min(MAX_PAUSE_S, pause_s * 2)
    return None


async def _live(identity: Identity, listener: socket.socket, parts: Parts, stop: Stop) -> None:
    answers = Health(parts.checks)
    server = _server(application(identity, parts, answers))
    finish = asyncio.Event()
    http = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    workers = {
        asyncio.create_task(_run(worker, finish), name=name)
        for name, worker in {**parts.workers, "health": answers.run}.items()
    }
    host, port, *_ = listener.getsockname()
    _log.info(
        "the service listens", host=host, port=port, version=identity.version, pid=os.getpid()
    )
    gc.collect()
    gc.freeze()  # what is alive now stays: later collections need not walk it, requests wait less
    gc.set_threshold(*GC_THRESHOLDS)
    dead = await _stop_asked(stop, {http, *workers})
    answers.stop("a part of the process died" if dead else "stopping")
    parts.on_stop()
    server.should_exit = True
    await _ended({http} - dead, HTTP_S, stop)
    finish.set()
    await _ended(workers - dead, stop.deadline.remaining(CLOSE_RESERVE_S), stop)


async def _run(worker: Worker, finish: asyncio.Event) -> None:
    await worker(finish)


async def _stop_asked(stop: Stop, tasks: Tasks) -> Tasks:
    """Wait for the stop; return the parts that ended before it, which is a death in any case."""
    asked = asyncio.create_task(stop.asked.wait(), name="stop")
    await asyncio.wait([asked, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if stop.asked.is_set():
        return set()
    asked.cancel()
    dead = {task for task in tasks if task.done()}
    for task in dead:
        _log.error("a part of the process died", part=task.get_name(), exc_info=_error(task))
        stop.ask(_exit_code(task))
    return dead


def _error(task: asyncio.Task[None]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None


def _exit_code(task: asyncio.Task[None]) -> int:
    return EX_CONFIG if isinstance(_error(task), Misconfigured) else EX_SOFTWARE


async def _ended(tasks: Tasks, timeout_s: float, stop: Stop) -> None:
    """Wait for the tasks, cancel those that take too long, log what they raised."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=min(timeout_s, stop.deadline.remaining()))
    for task in late:
        _log.warning("a part of the process does not end, cancelling it", part=task.get_name())
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=min(CANCEL_S, stop.deadline.remaining()))
    for task in tasks:
        error = _error(task)
        if error is not None and not isinstance(error, Unavailable):
            _log.error("a part of the process failed", part=task.get_name(), exc_info=error)
            stop.ask(_exit_code(task))


async def _closed(resources: AsyncExitStack, stop: Stop) -> None:
    try:
        async with asyncio.timeout(stop.deadline.remaining(FLUSH_RESERVE_S)):
            await resources.aclose()
    except Exception:  # noqa: BLE001 - whatever a resource raises, the exit goes on
        _log.exception("a resource did not close")


def application(identity: Identity, parts: Parts, answers: Health) -> ASGIApp:
    """Return all that the process answers over HTTP."""
    return _HotRoutes(parts.hot, Traced(_app(identity, parts, answers)))


def _app(identity: Identity, parts: Parts, answers: Health) -> FastAPI:
    app = parts.app
    if app is None:
        app = FastAPI(openapi_url=None)
        problems.install(app)
    app.include_router(health.router(identity.name, identity.version, answers, parts.status))
    openapi.publish(app, identity.name, identity.version, identity.publication)
    return app


class _Http(HttpToolsProtocol):
    """Bounds a request's head, and turns a deaf ear to the offer of HTTP/2 by Java's client.

    Its parser would take that offer for a change of protocol, and the body for the protocol's.
    """

    _head = 0.0  # bytes of a head that has no end yet, its first part aside

    def data_received(self, data: bytes) -> None:
        if _OFFER in data:  # no JSON body holds it: a line's end within a string is escaped
            data = data.replace(_OFFER, b"\r\nX-Offer: h2c\r\n")
        self._head += len(data)
        super().data_received(data)
        if self._head > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head = -inf


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: the process stops in its own order."""
        yield


class _HotRoutes:
    """Has some routes answer before the framework's layers, which cost more than their work does.

    They trace themselves, and let nothing out.
    """

    def __init__(self, routes: Mapping[str, ASGIApp], rest: ASGIApp) -> None:
        self._routes = routes
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(f"{scope['method']} {scope['path']}", self._rest)
        await route(scope, receive, send)


def _server(app: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=_Http,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=HTTP_GRACE_S,
        )
    )
