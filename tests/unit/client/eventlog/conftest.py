"""Fixtures of the tests of event logs."""

from pathlib import Path

import pytest

from percorso.client.eventlog.mapping import Mapping
from tests.unit.client.eventlog.logs import XES_MAPPING, a_mapping


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    return a_mapping(tmp_path)


@pytest.fixture
def xes_mapping(tmp_path: Path) -> Mapping:
    return a_mapping(tmp_path, XES_MAPPING)
