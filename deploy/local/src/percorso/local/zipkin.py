"""The trace page: Zipkin, keeping the newest spans in bounded memory."""

from pathlib import Path

from percorso.local.ports import LOOPBACK

MEMORY = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
OUT_OF_MEMORY = "-XX:+ExitOnOutOfMemoryError"  # it is started again
MOST_SPANS = 50_000


def command(jar_folder: Path, port: int) -> list[str]:
    """Give the command that runs it in the foreground."""
    jar = next((jar_folder / "zipkin").glob("zipkin-server-*.jar"))
    options = {
        "armeria.ports[0].port": str(port),
        # Without it, it listens on all interfaces.
        "armeria.ports[0].ip": LOOPBACK,
        "armeria.ports[0].protocols[0]": "http",
        "zipkin.storage.type": "mem",
        "zipkin.storage.mem.max-spans": str(MOST_SPANS),
        "logging.level.root": "WARN",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return ["java", *MEMORY, OUT_OF_MEMORY, "-jar", str(jar), *arguments]
