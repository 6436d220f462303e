"""Report: what became of the events of one `percorso send` or `import`, told while it happens."""

from typing import Any

import msgspec
import typer

from percorso.client.cli.printing import print_line, printable
from percorso.client.errors import PercorsoError
from percorso.client.reading import BrokenEvent
from percorso.client.sending import Rejection, Settled

# What one JSON document lists of each kind; the counts are exact beyond it.
MAX_LISTED = 10_000


class Report:
    """Counts, and the reasons: printed at once for people, kept for one document of JSON."""

    def __init__(
        self, *, json: bool, validate: bool = False, again: str = "sending all again is safe"
    ) -> None:
        self.read = 0
        self.accepted = 0
        self.rejected = 0
        self.unknown = 0
        self.broken = 0
        self._json = json
        self._validate = validate
        self._again = again
        self._stopped_by: PercorsoError | None = None
        self._rejected: list[dict[str, Any]] = []
        self._broken: list[dict[str, Any]] = []

    @property
    def is_good(self) -> bool:
        """Whether every event was accepted."""
        return not (self.rejected or self.unknown or self.broken or self._stopped_by)

    @property
    def unsent(self) -> int:
        """Events that were read and not sent, because sending stopped."""
        return self.read - self.accepted - self.rejected - self.unknown

    @property
    def is_stopped(self) -> bool:
        """Whether sending stopped before the end."""
        return self._stopped_by is not None

    def add_earlier(self, *, accepted: int, rejected: int, broken: int) -> None:
        """Count what was settled before this run; its reasons were told then."""
        self.read += accepted + rejected
        self.accepted += accepted
        self.rejected += rejected
        self.broken += broken

    def add(self, settled: Settled) -> None:
        """Take in what became of some events."""
        self.accepted += settled.accepted
        self.rejected += len(settled.rejected)
        self.unknown += settled.unknown
        self._stopped_by = settled.stopped_by
        for rejection in settled.rejected:
            self._tell(rejection)

    def add_broken(self, broken: BrokenEvent) -> None:
        """Take in a line or element that is no event."""
        self.broken += 1
        typer.echo(f"{printable(broken.place)}: {broken.reason}", err=True)
        if self._json and len(self._broken) < MAX_LISTED:
            place = {"file": broken.file, "line": broken.line, "index": broken.index}
            self._broken.append({**place, "reason": broken.reason})

    def finish(self, **more: int) -> None:
        """Print the counts, and why sending stopped if it did; `more` is for JSON."""
        if self._stopped_by:
            typer.echo(f"percorso: {self._stopped_by}; {self._rest()}", err=True)
        if self._json:
            print_line(msgspec.json.encode({**self._document(), **more}))
        else:
            typer.echo(self._counts())

    def _tell(self, rejection: Rejection) -> None:
        problem = rejection.problem
        if not self._json:
            reason = problem.sentence() if problem else "no reason listed"
            cells = (rejection.event.place, rejection.event.id, reason)
            typer.echo("rejected  " + "  ".join(map(printable, cells)))
        elif len(self._rejected) < MAX_LISTED:
            self._rejected.append(_listed(rejection))

    def _rest(self) -> str:
        told = {"of unknown outcome": self.unknown, "read and not sent": self.unsent}
        counts = [f"{count} {what}" for what, count in told.items() if count]
        return ", ".join([*counts, "the rest was not read"]) + f"; {self._again}"

    def _counts(self) -> str:
        accepted = "would be accepted" if self._validate else "accepted"
        counts = [f"{self.accepted} {accepted}", f"{self.rejected} rejected"]
        more = {"unknown": self.unknown, "unreadable": self.broken, "not sent": self.unsent}
        return ", ".join(counts + [f"{count} {what}" for what, count in more.items() if count])

    def _document(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "rejected": self._rejected,
            "rejected_count": self.rejected,
            "unknown": self.unknown,
            "broken": self._broken,
            "broken_count": self.broken,
            "not_sent": self.unsent,
            "stopped_by": str(self._stopped_by) if self._stopped_by else None,
        }


def _listed(rejection: Rejection) -> dict[str, Any]:
    event, problem = rejection.event, rejection.problem
    return {
        "file": event.file,
        "line": event.line,
        "index": event.index,
        "id": event.id,
        "problem": problem.document() if problem else None,
    }
