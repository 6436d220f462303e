"""Choosing ports and naming who holds one."""

import os
import socket
from collections.abc import Iterator

import pytest

from percorso.local import ports
from percorso.local.errors import Refusal


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_named_with_its_process(
    busy_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "PATIENCE_S", 0.0)

    with pytest.raises(
        Refusal, match=rf"Port {busy_port} \(kafka\) is busy: process {os.getpid()}"
    ):
        ports.require_free("kafka", busy_port)


def test_a_free_port_is_not_one_of_outgoing_connections() -> None:
    assert ports.LOWEST <= ports.free_port() < ports.first_ephemeral()


def test_a_port_that_was_given_is_kept_for_its_server() -> None:
    port = ports.free_port()

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    assert not ports.answers(port)
    for _ in range(2):
        with socket.create_server(("127.0.0.1", port)):
            assert ports.answers(port)


def test_somebody_answers_on_a_busy_port(busy_port: int) -> None:
    assert ports.answers(busy_port)
    assert not ports.is_free(busy_port)
