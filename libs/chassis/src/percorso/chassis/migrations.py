"""Runs a service's migrations: plain SQL files in order, by a command, never at start-up.

A service keeps them in its package as `migrations/versions/0001_pre_words.sql` (`pre` runs before
the new code, `post` after), each beside a module of the same name that holds `revision = "0001"`,
`down_revision` and an `upgrade()` which calls `run_sql(__file__)`.
"""

import time
import zlib
from pathlib import Path

import psycopg
from alembic import command, op
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from percorso.chassis import alembic_environment, logs
from percorso.chassis.schema import folder, head

__all__ = ["head", "run_sql", "upgrade"]

CONNECT_TIMEOUT_S = 5
MAX_PAUSE_S = 5.0
TURN_TIMEOUT = "60s"  # another run of the same migrations may be busy; each statement has 5 s
# A migration that waits for a lock makes everybody behind it wait: it gives up and is run again.
LIMITS = "SET lock_timeout = '4s'; SET statement_timeout = '5s'"
_log = logs.get(__name__)


def upgrade(package: str, url: str) -> str:
    """Bring the database to the newest migration and return its number; again is harmless.

    Waits for PostgreSQL as long as it is away. A failing migration is rolled back and raised.
    """
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: _connected(url), poolclass=NullPool
    )
    with engine.connect() as connection:
        _take_turn(connection, package)
        config = Config()
        config.set_main_option("script_location", str(Path(alembic_environment.__path__[0])))
        config.set_main_option("version_locations", str(folder(package)))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _let_read_version(connection, package)
    return head(package)


def run_sql(module: str) -> None:
    """Run the SQL file that stands beside a migration's module."""
    text = Path(module).with_suffix(".sql").read_text(encoding="utf-8")
    # Without parameters the text goes as it is: several statements, colons and percent signs too.
    _driver(op.get_bind()).execute(text.encode())


def _connected(url: str) -> psycopg.Connection:
    pause_s = 0.1
    while True:
        try:
            return psycopg.connect(
                url, connect_timeout=CONNECT_TIMEOUT_S, application_name="percorso-migrate"
            )
        except psycopg.OperationalError:
            _log.info("waiting for PostgreSQL")
        time.sleep(pause_s)
        pause_s = min(MAX_PAUSE_S, pause_s * 2)


def _take_turn(connection: Connection, package: str) -> None:
    """Hold, until the connection closes, what lets one run at a time through."""
    driver = _driver(connection)
    driver.execute(sql.SQL("SET statement_timeout = {}").format(TURN_TIMEOUT))
    driver.execute("SELECT pg_advisory_lock(%s)", [zlib.crc32(package.encode())])
    driver.execute(LIMITS)
    driver.commit()


def _let_read_version(connection: Connection, package: str) -> None:
    """Let the application's role see what it compares with the newest migration."""
    role = f"percorso_{package.rpartition('.')[2]}"
    driver = _driver(connection)
    exists = driver.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists:
        driver.execute(
            sql.SQL("GRANT SELECT ON alembic_version TO {}").format(sql.Identifier(role))
        )
    driver.commit()


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - `upgrade` made it
    return driver
