"""Planted bug: journey links what is linked, and never parts what is undone."""

import runpy
from unittest.mock import patch

from asyncpg import Connection

from percorso.citizens import store
from percorso.citizens.facts import LinkState

_apply = store.apply


async def apply(connection: Connection, state: LinkState) -> bool:
    """Take in what lives, and nothing else."""
    return state.is_live and await _apply(connection, state)


with patch.object(store, "apply", apply):
    runpy.run_module("percorso.journey", run_name="__main__", alter_sys=True)
