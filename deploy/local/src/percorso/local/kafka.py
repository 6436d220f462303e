"""Apache Kafka, broker and controller in one process: its settings, its command, one for tests."""

import base64
import shutil
import signal
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from percorso.local import jars, ports
from percorso.local.ports import LOOPBACK
from percorso.local.processes import run
from percorso.local.throwaway import Throwaway

PROPERTIES = "server.properties"
DATA = "data"
# Seen: 250 MB resident after the start, 360 MB after load.
MEMORY = ("-Xms128m", "-Xmx384m")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    # Relative to the folder that it runs in: the setting is a list, and a path may hold a comma.
    "log.dirs": DATA,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker may register again only when its old session has run out: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "log.cleaner.dedupe.buffer.size": "16777216",
}


def properties(port: int, controller_port: int) -> str:
    """Render server.properties."""
    listeners = {
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
    }
    return "".join(f"{name}={value}\n" for name, value in {**SETTINGS, **listeners}.items())


def prepare(folder: Path, jar_folder: Path, port: int, controller_port: int, *, log: Path) -> None:
    """Write the settings, and format the data folder where there is none yet."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / PROPERTIES).write_text(properties(port, controller_port), encoding="utf-8")
    if not (folder / DATA / "meta.properties").exists():
        shutil.rmtree(folder / DATA, ignore_errors=True)
        _format(folder, jar_folder, log)


def command(jar_folder: Path, options: Sequence[str] = ()) -> list[str]:
    """Give the command that runs the broker in the foreground, in the folder of its settings."""
    return [*_java(jar_folder, *MEMORY, *options), "kafka.Kafka", PROPERTIES]


def new_cluster_id() -> str:
    """Make an identifier in Kafka's form; it never begins like an option of a command line."""
    first, *rest = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


@contextmanager
def throwaway() -> Iterator[Throwaway]:
    """Run an empty broker for tests; `address` is its bootstrap address."""
    jar_folder = jars.fetch()
    port, controller_port = ports.free_ports(2)
    with TemporaryDirectory(prefix="percorso-kafka-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        prepare(folder, jar_folder, port, controller_port, log=folder / "log")
        broker = Throwaway(
            command(jar_folder),
            address=f"{LOOPBACK}:{port}",
            folder=folder,
            answers=lambda: ports.answers(port),
            stop_signal=signal.SIGKILL,
        )
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()


def _java(jar_folder: Path, *options: str) -> list[str]:
    return ["java", *options, *LOGGING, "-cp", f"{jar_folder / 'kafka'}/*"]


def _format(folder: Path, jar_folder: Path, log: Path) -> None:
    tool = ["kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", PROPERTIES]
    arguments = [*_java(jar_folder, "-XX:TieredStopAtLevel=1"), *tool]
    run(arguments, log=log, what="Making Kafka's data folder", folder=folder)
