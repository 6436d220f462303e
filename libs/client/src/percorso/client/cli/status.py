"""`percorso status`: how each service is."""

import msgspec
import typer

from percorso.client.cli.connection import Json, Url, open_system
from percorso.client.cli.printing import print_line, print_table
from percorso.client.operations import ServiceStatus

HEADING = (
    "service", "ready", "version", "lag", "freshness", "dead letters", "touchpoints", "fault",
)  # fmt: skip


def status(ctx: typer.Context, *, json: Json = False, url: Url = None) -> None:
    """Print how each service is; exit status 1 when one is not ready.

    With --url, the one status page under that URL.
    """
    with open_system(ctx, url) as system:
        received = dict(system.statuses())
    if json:
        raw = {name: msgspec.Raw(one.raw) for name, one in received.items()}
        print_line(msgspec.json.encode(raw))
    else:
        print_table(HEADING, [_row(name, one.status) for name, one in received.items()])
    if not all(one.status.ready for one in received.values()):
        raise typer.Exit(1)


def _row(name: str, status: ServiceStatus) -> tuple[object, ...]:
    freshness = None if status.freshness_ms is None else f"{status.freshness_ms:.0f} ms"
    return (
        name,
        "yes" if status.ready else "no",
        status.version,
        status.lag,
        freshness,
        status.dead_letters,
        status.touchpoints,
        status.error,
    )
