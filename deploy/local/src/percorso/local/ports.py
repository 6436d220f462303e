"""Chooses the ports of the stack, and names who holds one that is busy."""

import secrets
import socket
import time
from pathlib import Path

import psutil

from percorso.local.errors import Refusal

LOOPBACK = "127.0.0.1"
LOWEST = 20_000
PATIENCE_S = 2.0  # what a killed run left needs a moment to die
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_EPHEMERAL_FALLBACK = 32_768  # where Linux begins by default


def free_port() -> int:
    """Give a port that nobody has, below those that outgoing connections take.

    It is kept until this process ends, so that two runs that begin side by side never choose the
    same one; a server that reuses addresses, as all of ours do, can listen on it. A client that keeps
    trying a port of the other range while its server is away ends up connected to itself, and the
    server cannot come back.
    """
    candidates = range(LOWEST, max(first_ephemeral(), LOWEST + 1000))
    # Not `random`, which tests seed: two processes would choose the same one.
    while not _keep(port := secrets.choice(candidates)):
        pass
    return port


def free_ports(count: int) -> list[int]:
    """Give different free ports."""
    return [free_port() for _ in range(count)]


def _keep(port: int) -> bool:
    """Bind the port if nobody has; from then on only who reuses addresses can."""
    kept = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        kept.bind((LOOPBACK, port))
    except OSError:
        kept.close()
        return False
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.detach()  # open until this process ends
    return True


def first_ephemeral() -> int:
    """Give the lowest port that the system takes for outgoing connections."""
    try:
        return int(_EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return _EPHEMERAL_FALLBACK


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Say whether somebody accepts connections on the port of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def require_free(part: str, port: int) -> None:
    """Refuse, naming the process that holds the port, if the part could not listen on it."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_free(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    if not is_free(port):
        raise Refusal(f"Port {port} ({part}) is busy: {holder(port)} holds it.")


def holder(port: int) -> str:
    """Describe the process that holds a port, as far as this user may know."""
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.pid:
            return f"process {connection.pid} ({_name(connection.pid)})"
    return "a process of another user"


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "just gone"
