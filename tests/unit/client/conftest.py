"""Fixtures of the client's tests."""

from pathlib import Path

import pytest

from percorso.client import client
from tests.unit.client.fake_system import FakeSystem, a_home


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeSystem:
    """Put a fake system in the place of the local one, and of any remote one."""
    fake = FakeSystem()
    monkeypatch.setattr(client, "open_http", fake.open_http)
    monkeypatch.setenv("PERCORSO_HOME", str(a_home(tmp_path / "home")))
    monkeypatch.delenv("PERCORSO_TOKEN", raising=False)
    return fake
