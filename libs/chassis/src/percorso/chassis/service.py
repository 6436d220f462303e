"""What `python -m percorso.<service>` does: serve, migrate, topics."""

import argparse
import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Generic, Literal, NoReturn, Protocol, TypeVar

import uvloop

from percorso.chassis import logs, telemetry
from percorso.chassis.openapi import Publication
from percorso.chassis.runtime import (
    EX_SOFTWARE,
    MAX_PAUSE_S,
    Identity,
    Parts,
    Stop,
    Worker,
    serve,
)
from percorso.chassis.settings import (
    HttpSettings,
    KafkaSettings,
    OwnerSettings,
    TelemetrySettings,
    load,
    refuse,
    variable,
)
from percorso.events.errors import Unavailable

__all__ = ["Only", "Parts", "Program", "Worker", "main"]

Only = Literal["http", "worker"]
S = TypeVar("S", bound=HttpSettings)
S_contra = TypeVar("S_contra", bound=HttpSettings, contravariant=True)
_log = logs.get(__name__)


class Build(Protocol[S_contra]):
    """Opens a service's resources; `only` says which half is wanted, None means both."""

    def __call__(
        self, settings: S_contra, *, only: Only | None
    ) -> AbstractAsyncContextManager[Parts]:
        """Yield the parts; closing is the reverse of opening. It must not wait for what is away."""


@dataclass(frozen=True, slots=True)
class Program(Generic[S]):
    """A service, as its `__main__` describes it."""

    name: str
    settings_type: type[S]
    build: Build[S]
    migrations: str | None = None  # the package whose folder `migrations` is run
    topics: Callable[[KafkaSettings], Awaitable[None]] | None = None  # makes the topics it owns


def main(program: Program[S], arguments: Sequence[str] | None = None) -> NoReturn:
    """Do what the command line says, and exit."""
    given = _parser(program).parse_args(arguments)
    logs.configure(program.name)
    match given.command:
        case "serve":
            sys.exit(_serve(program, given.only))
        case "migrate":
            sys.exit(_migrate(program))
        case _:
            sys.exit(_make_topics(program))


def _parser(program: Program[S]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m percorso.{program.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve HTTP and run the workers")
    serving.add_argument("--only", choices=("http", "worker"), help="run one half of the service")
    if program.migrations is not None:
        commands.add_parser("migrate", help="bring the database to the newest migration")
    if program.topics is not None:
        commands.add_parser("topics", help="make the topics that the service owns")
    return parser


def _serve(program: Program[S], only: Only | None) -> int:
    settings = load(program.settings_type)
    spans = load(TelemetrySettings)
    listener = _listener(program.settings_type, settings)
    identity = Identity(program.name, version(f"percorso-{program.name}"), _publication(settings))

    async def run() -> int:
        flushed = telemetry.start(identity.name, identity.version, spans)
        stop = Stop()
        code = await serve(identity, listener, lambda: program.build(settings, only=only), stop)
        await flushed.flush(min(telemetry.FLUSH_S, stop.deadline.remaining()))
        _log.info("the service has stopped", code=code)
        return code

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def _publication(settings: HttpSettings) -> Publication:
    said = (settings.public_url, settings.contact, settings.terms)
    return Publication(*(None if url is None else str(url) for url in said))


def _listener(settings_type: type[S], settings: S) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        host, port = (variable(settings_type, name) for name in ("host", "port"))
        refuse(f"{host}, {port}: cannot listen there ({error.strerror})")


def _migrate(program: Program[S]) -> int:
    # Only here: alembic and psycopg cost a serving process 30 MB.
    from percorso.chassis import migrations  # noqa: PLC0415

    assert program.migrations is not None  # noqa: S101 - else the command does not exist
    prefix = str(program.settings_type.model_config.get("env_prefix", ""))
    owner = load(OwnerSettings, prefix)
    try:
        head = migrations.upgrade(program.migrations, owner.postgres_owner.get_secret_value())
    except Exception:  # noqa: BLE001 - shown with its frames, and without the values it may quote
        _log.exception("the migration failed and was rolled back")
        return EX_SOFTWARE
    _log.info("the schema is migrated", version=head)
    return 0


def _make_topics(program: Program[S]) -> int:
    assert program.topics is not None  # noqa: S101 - else the command does not exist
    settings = load(KafkaSettings)
    make = program.topics

    async def run() -> int:
        pause_s = 0.1
        while True:
            try:
                await make(settings)
            except Unavailable:
                _log.info("waiting for Kafka")
                await asyncio.sleep(pause_s)
                pause_s = min(MAX_PAUSE_S, pause_s * 2)
            else:
                return 0

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
