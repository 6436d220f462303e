"""Planted bug: a withdrawal hides what is there already, and not what comes after it."""

import runpy
from collections.abc import Iterable
from unittest.mock import patch

from asyncpg import Connection

from percorso.journey.timelines import handlers
from percorso.journey.timelines.facts import Withdrawal
from percorso.journey.timelines.handlers import _Item

_IS_THERE = "SELECT EXISTS (SELECT FROM touchpoints WHERE subject = $1 AND event_key = $2)"

_withdraw = handlers._withdraw


async def withdraw(connection: Connection, items: Iterable[_Item]) -> None:
    """Forget the withdrawals that came too early."""
    said = [(item, item.entry.withdrawal) for item in items if item.entry.withdrawal]
    kept = [item for item, withdrawal in said if await _is_there(connection, withdrawal)]
    await _withdraw(connection, kept)


async def _is_there(connection: Connection, withdrawal: Withdrawal) -> bool:
    found: bool = await connection.fetchval(_IS_THERE, withdrawal.subject, withdrawal.about_key)
    return found


with patch.object(handlers, "_withdraw", withdraw):
    runpy.run_module("percorso.journey", run_name="__main__", alter_sys=True)
