"""Planted bug: insights suggests before it has asked what the citizen allows."""

import runpy
from unittest.mock import patch

from percorso.insights.decisions import gates


def hold(*_: object) -> bool:
    """Take every citizen for one who allows everything."""
    return True


with patch.object(gates, "hold", hold):
    runpy.run_module("percorso.insights", run_name="__main__", alter_sys=True)
