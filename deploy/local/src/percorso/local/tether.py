"""Runs a command that dies with its parent, and as an ordinary user where root must not run it.

`python -m percorso.local.tether COMMAND...`, `... --data FOLDER COMMAND...` for a command of
PostgreSQL, `... --part FILE` for a part whose command and environment are kept in a file.
It becomes the command (exec), so that the process id is the command's.
"""

import ctypes
import json
import os
import pwd
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PARENT = "PERCORSO_TETHERED_TO"
LEFTOVERS_TIMEOUT_S = 10

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION = 0x20080522
# CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: the checkout may lie under a folder like /root, which
# only root may enter.
_REACH_EVERY_FOLDER = (1, 2)

_libc = ctypes.CDLL(None, use_errno=True)


class Command(NamedTuple):
    """What to become: the arguments, additions to the environment, where, and whose data."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = {}
    folder: str | None = None
    data: str | None = None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent is gone, also when it is gone already.

    It is the death of the parent's *thread* that counts. The parent names itself in PARENT,
    because a process whose parent died before this call has another one by now.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent = os.environ.get(PARENT)
    if parent is not None and int(parent) != os.getppid():
        sys.exit(1)
    os.environ[PARENT] = str(os.getpid())


def ordinary_user(data: str) -> tuple[int, int] | None:
    """Say as which user and group PostgreSQL runs over this folder; None where we are not root."""
    if os.geteuid() != 0:
        return None
    owner = Path(data).stat()
    if owner.st_uid != 0:
        return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def become(uid: int, gid: int) -> None:
    """Give up root for good, keeping the right to reach files wherever they lie."""
    kept = _permitted(_REACH_EVERY_FOLDER)
    # Without it access(2), which PostgreSQL asks about its own programs, ignores what is kept.
    _libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
    _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _keep(kept)


def end_leftovers(data: str) -> None:
    """Kill what a killed PostgreSQL left running in its folder, and its lock file if stale.

    Only for a folder that nobody else starts a server on: the caller holds the home's lock.
    """
    deadline = time.monotonic() + LEFTOVERS_TIMEOUT_S
    while leftovers := list(_running_in(data)):
        for pid in leftovers:
            _kill(pid)
        if time.monotonic() > deadline:
            sys.exit(f"processes {leftovers} do not let go of {data}")
        time.sleep(0.05)
    # The number in it may belong to an unrelated process by now, which would block the start.
    Path(data, "postmaster.pid").unlink(missing_ok=True)


def _permitted(capabilities: Sequence[int]) -> list[int]:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    mask = int(status.partition("CapPrm:")[2].split()[0], 16)
    return [capability for capability in capabilities if mask >> capability & 1]


def _keep(capabilities: Sequence[int]) -> None:
    mask = sum(1 << capability for capability in capabilities)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    # Twice effective, permitted, inheritable: for capabilities 0-31 and for those above.
    _libc.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
    for capability in capabilities:
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _running_in(data: str) -> Iterator[int]:
    folder = Path(data).resolve()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                is_ours = (process / "cwd").readlink() == folder
                program = (process / "exe").readlink().name
            except OSError:
                continue
            if is_ours and program.split()[0] == "postgres":
                yield int(process.name)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _parse(arguments: Sequence[str]) -> Command:
    match arguments:
        case ["--part", file]:
            return Command(**json.loads(Path(file).read_text(encoding="utf-8")))
        case ["--data", data, *rest]:
            return Command(rest, data=data)
        case _:
            return Command(arguments)


def main() -> None:
    """Become the command of the arguments."""
    command = _parse(sys.argv[1:])
    os.environ.update(command.environment)
    if command.folder:
        os.chdir(command.folder)
    if command.data:
        end_leftovers(command.data)
        if user := ordinary_user(command.data):
            become(*user)
    # After the change of user, which makes the kernel forget it.
    die_with_parent()
    os.execvp(command.arguments[0], list(command.arguments))  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
