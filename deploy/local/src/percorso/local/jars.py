"""Fetches the Java programs with Maven, once for all checkouts of a user."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from percorso.local import processes
from percorso.local.console import say
from percorso.local.errors import Refusal
from percorso.local.processes import Interrupt, nothing

JAVA_FLOOR = 17  # Kafka 4 brokers refuse less
POM = Path(__file__).with_name("pom.xml")


def fetch(interrupt: Interrupt = nothing) -> Path:
    """Give the folder with `kafka/` and `zipkin/`, downloading them first where needed.

    Safe against a second fetch at the same time, which waits, and against a kill half way.
    """
    check_java()
    folder = cached()
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_suffix(".lock"), interrupt):
        if not folder.is_dir():
            _download(folder, interrupt)
    return folder


def cached() -> Path:
    """Give the folder for what this version of the pom names; it is there as a whole or not."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "percorso" / "jars" / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]


def check_java() -> None:
    """Refuse where there is no Java that runs Kafka."""
    if shutil.which("java") is None:
        raise Refusal(
            f"Java is missing: install Java {JAVA_FLOOR} or later and put `java` on PATH."
        )
    if (found := _java_version()) < JAVA_FLOOR:
        raise Refusal(f"Java {found} is too old: Kafka needs Java {JAVA_FLOOR} or later.")


def java_feature(version_text: str) -> int:
    """Read the feature number out of what `java -version` prints: 17 of "17.0.15", 8 of "1.8.0"."""
    match = re.search(r'version "(?:1\.)?(\d+)', version_text)
    return int(match.group(1)) if match else 0


def _java_version() -> int:
    command = ["java", "-version"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return java_feature(result.stderr + result.stdout)


def _download(folder: Path, interrupt: Interrupt) -> None:
    if shutil.which("mvn") is None:
        raise Refusal("Maven is missing: install it and put `mvn` on PATH, it fetches Kafka.")
    say("fetching Kafka and the trace page with Maven, once: 130 MB")
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with TemporaryDirectory(prefix="percorso-") as work:
        shutil.copy(POM, work)
        _maven(Path(work), partial, interrupt)
    partial.rename(folder)


def _maven(work: Path, target: Path, interrupt: Interrupt) -> None:
    # By file: Maven would put everything that it makes beside the pom.
    command = ["mvn", "-q", "-B", "-f", str(work / "pom.xml"), f"-Djars={target}", "package"]
    what = "Fetching Kafka and the trace page with Maven"
    processes.run(command, log=work / "maven.log", what=what, interrupt=interrupt)


@contextmanager
def _locked(path: Path, interrupt: Interrupt) -> Iterator[None]:
    with path.open("w") as file:
        while not _try_lock(file.fileno()):
            interrupt()
            time.sleep(0.2)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
