"""Keeps the parts running under supervisor, and supervisor itself running."""

import hashlib
import http.client
import os
import shlex
import socket
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from xml.parsers.expat import ExpatError

from percorso.local import parts
from percorso.local.errors import Refusal
from percorso.local.home import Home
from percorso.local.parts import Group, Part
from percorso.local.processes import PYTHON, spawn

CONFIGURATION = "supervisord.conf"
LONGEST_SOCKET_PATH = 90  # the kernel takes 107, and supervisor adds its process id
LOG_SIZE, LOG_BACKUPS = "10MB", 3
# It waits 1, 2, 3 s, then gives a part up; `watch` starts that again within a second or two, so
# that no wait is longer than 5 s.
START_RETRIES = 3
ANSWER_TIMEOUT_S = 3
REVIVE_INTERVAL_S = 1.0


class Supervision:
    """Owns the supervisor process of one run."""

    def __init__(self, home: Home, groups: Sequence[Group]) -> None:
        self._home = home
        self._groups = groups
        self._socket = socket_path(home)
        self._process: Popen[bytes] | None = None
        self._started_at = 0.0
        self._gone = {"FATAL"}

    def start(self) -> None:
        """Write what supervisor reads, and start it with all parts."""
        for group in self._groups:
            for part in group.parts:
                parts.write(self._home, part)
        text = configuration(self._groups, self._socket)
        (self._home.path / CONFIGURATION).write_text(text, encoding="utf-8")
        self._launch()

    def watch(self) -> None:
        """Bring back supervisor if it is gone, and the parts that it gave up; call every second."""
        if self._process is None or self._process.poll() is not None:
            if time.monotonic() - self._started_at > REVIVE_INTERVAL_S:
                self._launch()
            return
        # Not answering (just started, frozen): the next call tries again.
        with suppress(OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError):
            self._start_given_up()

    def start_late_parts(self) -> None:
        """Have `watch` start the parts that waited for the others, and keep them running too."""
        self._gone.add("STOPPED")

    def stop(self, timeout_s: float) -> None:
        """Stop the parts in order; what has not ended by then is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except TimeoutExpired:
            # Its children die with it.
            self._process.kill()
            self._process.wait()
        self._process = None
        _forget(self._socket)

    def _launch(self) -> None:
        self._started_at = time.monotonic()
        self._process = spawn(
            [*PYTHON, "supervisor.supervisord", "-c", CONFIGURATION],
            log=self._home.log("supervisord.output"),
            environment={"PERCORSO_PYTHON": sys.executable},
            folder=self._home.path,
        )

    def _start_given_up(self) -> None:
        with xmlrpc.client.ServerProxy(
            "http://localhost", transport=_Transport(self._socket)
        ) as server:
            found = server.supervisor.getAllProcessInfo()
            assert isinstance(found, list)  # noqa: S101 - for the type checker
            for info in found:
                if info["statename"] in self._gone:
                    name, without_waiting = f"{info['group']}:{info['name']}", False
                    server.supervisor.startProcess(name, without_waiting)


def configuration(groups: Sequence[Group], socket_path: Path) -> str:
    """Render supervisor's configuration; all paths are relative to the data folder.

    So a path needs no quoting, whatever characters it holds.
    """
    head = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": "logs/supervisord.log",
        "logfile_maxbytes": LOG_SIZE,
        "logfile_backups": LOG_BACKUPS,
        "pidfile": "supervisord.pid",
        "childlogdir": "logs",
    }
    factory = "supervisor.rpcinterface:make_main_rpcinterface"
    sections = [
        _section("supervisord", head),
        _section("unix_http_server", {"file": socket_path, "chmod": "0700"}),
        _section("rpcinterface:supervisor", {"supervisor.rpcinterface_factory": factory}),
    ]
    for group in groups:
        names = ",".join(part.name for part in group.parts)
        if names:
            sections.append(
                _section(f"group:{group.name}", {"programs": names, "priority": group.priority})
            )
        sections += [_program(part) for part in group.parts]
    return "\n".join(sections)


def socket_path(home: Home) -> Path:
    """Give a short path for supervisor's socket, in a folder that only this user may enter."""
    digest = hashlib.sha256(str(home.path).encode()).hexdigest()[:12]
    name = f"percorso-{os.geteuid()}-{digest}"
    for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - made private below
        path = base / name / "supervisor.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and " " not in str(path):
            break
    _make_private(path.parent)
    return path


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Refusal(f"{folder} is not a private folder of this user: remove it.")


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def _program(part: Part) -> str:
    tether = shlex.join(["-P", "-m", "percorso.local.tether", "--part", f"parts/{part.name}.json"])
    return _section(
        f"program:{part.name}",
        {
            "command": f'"%(ENV_PERCORSO_PYTHON)s" {tether}',
            "autostart": str(not part.starts_late).lower(),
            "autorestart": "true",
            "startsecs": 1,
            "startretries": START_RETRIES,
            "stopsignal": part.stop_signal.name.removeprefix("SIG"),
            "stopwaitsecs": part.stop_timeout_s,
            "stdout_logfile": f"logs/{part.name}.log",
            "stdout_logfile_maxbytes": LOG_SIZE,
            "stdout_logfile_backups": LOG_BACKUPS,
            "redirect_stderr": "true",
        },
    )


def _section(name: str, values: dict[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in values.items())


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_TIMEOUT_S)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        return _Connection(self._path)
