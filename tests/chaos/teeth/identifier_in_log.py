"""Planted bug: the door writes whom an event is about into a log line."""

import runpy
from unittest.mock import patch
from uuid import UUID

import structlog

from percorso.identity.door import acceptance
from percorso.identity.door.acceptance import Caller, Identifier

_subject = acceptance._subject
_log = structlog.get_logger(__name__)


def subject(citizen: Identifier, caller: Caller) -> UUID:
    """Do what the door does, and tell."""
    _log.warning("an event was taken", person=citizen.value)
    return _subject(citizen, caller)


with patch.object(acceptance, "_subject", subject):
    runpy.run_module("percorso.identity", run_name="__main__", alter_sys=True)
