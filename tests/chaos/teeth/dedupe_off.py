"""Planted bug: a touchpoint is not known again when it comes a second time."""

import runpy
from unittest.mock import patch
from uuid import uuid4

from percorso.events.envelope import CloudEvent
from percorso.journey.timelines import facts, handlers
from percorso.journey.timelines.facts import Entry


def entry(event: CloudEvent) -> Entry:
    """Give every copy of an event an identity of its own."""
    read = facts.entry(event)
    return read._replace(touchpoint=read.touchpoint._replace(event_key=uuid4()))


with patch.object(handlers, "entry", entry):
    runpy.run_module("percorso.journey", run_name="__main__", alter_sys=True)
