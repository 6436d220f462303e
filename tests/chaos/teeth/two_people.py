"""Planted bug: nobody counts how many people a set of linked subjects holds."""

import os
import runpy
from unittest.mock import patch

from percorso.citizens import sets
from percorso.identity.links import store

SERVICE = os.environ["SUPERVISOR_PROCESS_NAME"].partition("-")[0]

with (
    patch.object(store, "check", lambda *_: None),
    patch.object(sets, "is_one_citizen", lambda _: True),
):
    runpy.run_module(f"percorso.{SERVICE}", run_name="__main__", alter_sys=True)
