"""The data folder: what lies where in it, and that only one run uses it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from percorso.local.console import shown
from percorso.local.errors import Refusal

# A run writes some 100 MB at once (PostgreSQL's log ahead, Kafka's segments, logs).
NEEDED_MIB = 500
# PostgreSQL's next log file and one of Kafka's segments have to fit.
LEAST_MIB = 50


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below the data folder."""

    path: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.path / "postgres"

    @property
    def kafka(self) -> Path:
        """The folder that Kafka runs in."""
        return self.path / "kafka"

    @property
    def logs(self) -> Path:
        """One log for each part."""
        return self.path / "logs"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, made once."""
        return self.path / "secrets"

    @property
    def parts(self) -> Path:
        """What supervisor starts, with passwords in it, written by each run."""
        return self.path / "parts"

    @property
    def run_file(self) -> Path:
        """Where the running stack can be found; absent while it is not ready."""
        return self.path / "run.json"

    @property
    def mail(self) -> Path:
        """The mails that arrived at the local mail server, as lines of JSON."""
        return self.path / "mail.jsonl"

    def log(self, part: str) -> Path:
        """Give the log of a part."""
        return self.logs / f"{part}.log"


@contextmanager
def opened(path: Path) -> Iterator[Home]:
    """Make and lock the data folder; refuse when another run has it or the disk is full."""
    path.mkdir(parents=True, exist_ok=True)
    with locked(path):
        require_space(path, NEEDED_MIB)
        home = Home(path)
        home.run_file.unlink(missing_ok=True)
        home.logs.mkdir(exist_ok=True)
        for private in (home.secrets, home.parts):
            private.mkdir(exist_ok=True)
            private.chmod(0o700)
        yield home


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the folder for this process, also against its sudden death."""
    with (path / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Refusal(f"Percorso runs already in {shown(path)} (process {holder}).") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def require_space(path: Path, needed_mib: int) -> None:
    """Refuse to go on with a disk that is nearly full."""
    free_mib = shutil.disk_usage(path).free // 2**20
    if free_mib < needed_mib:
        raise Refusal(
            f"The disk is full: {shown(path)} has {free_mib} MiB free, {needed_mib} are needed."
        )


def remove(home: Home) -> None:
    """Remove what runs have made, and the folder unless something else lies in it."""
    folders = [home.postgres, home.kafka, home.logs, home.secrets, home.parts]
    partial = home.path / "postgres.partial"
    for folder in [*folders, partial]:
        if folder.exists():
            shutil.rmtree(folder)
    for file in [
        "run.json",
        "city.json",
        "mail.jsonl",
        "supervisord.conf",
        "supervisord.pid",
        "lock",
    ]:
        (home.path / file).unlink(missing_ok=True)
    if not any(home.path.iterdir()):
        home.path.rmdir()
