"""Which errors of the database's client mean that the database is away."""

import asyncpg
import pytest

from percorso.chassis.postgres import unavailable


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.AdminShutdownError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError(
            "cannot switch to state 11; another operation (2) is in progress"
        ),
        asyncpg.OutdatedSchemaCacheError("cached"),
    ],
)
def test_what_the_server_leaves_behind_is_an_outage(error: Exception) -> None:
    assert unavailable(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError(),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        ValueError("connection is closed"),
    ],
)
def test_what_we_did_wrong_is_none(error: Exception) -> None:
    assert not unavailable(error)
