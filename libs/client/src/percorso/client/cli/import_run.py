"""One run of `percorso import`: rows go out from where the run before came, and it keeps how far."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import typer

from percorso.client.cli.printing import Advance
from percorso.client.cli.report import Report
from percorso.client.eventlog import (
    BrokenRow,
    EventLog,
    Mapping,
    Position,
    Row,
    Settling,
    convert,
    resuming,
)
from percorso.client.reading import BrokenEvent, RawEvent
from percorso.client.sending import Settled

_SAVE_EVERY_S = 1.0  # a killed run's successor sends again what this one sent last
_SHOW_EVERY = 100  # rows: a bar that is moved for each costs more than the row


class ImportRun:
    """Passes events on and takes what became of them; however it ends, the position is kept.

    A run that came to the end of the log forgets it: the next one begins with the first row.
    """

    def __init__(
        self,
        log: EventLog,
        mapping: Mapping,
        report: Report,
        *,
        at: Position,
        kept_in: Path,
        advance: Advance,
    ) -> None:
        self._log = log
        self._mapping = mapping
        self._report = report
        self._after = at.rows
        self._settling = Settling(at)
        self._kept_in = kept_in
        self._advance = advance
        self._shown = 0
        self._began_at = self._saved_at = time.monotonic()
        self._earlier = at.accepted
        self._is_at_end = False

    def __enter__(self) -> Self:
        """Tell what was settled before; that the position cannot be kept is found here."""
        at = self.position
        resuming.save(self._kept_in, at)
        self._report.add_earlier(accepted=at.accepted, rejected=at.rejected, broken=at.broken)
        if at.rows:
            typer.echo(f"percorso: {at.rows} rows are settled, going on after them", err=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Keep the position, or forget it at the end."""
        if self._is_at_end and not self._report.is_stopped:
            resuming.forget(self._kept_in)
        else:
            resuming.save(self._kept_in, self.position)

    @property
    def position(self) -> Position:
        """How far this run and those before came."""
        return self._settling.position

    def events(self) -> Iterator[RawEvent]:
        """Yield what can be sent of the rows that are not settled, and report the rest."""
        for row in self._unsettled():
            event = convert(row, self._mapping, file=self._log.name)
            if isinstance(event, BrokenEvent):
                self._add_broken(event)
            else:
                self._report.read += 1
                self._settling.add(event.index + 1)
                yield event
        self._is_at_end = True

    def add(self, settled: Settled) -> None:
        """Take what became of a batch."""
        self._report.add(settled)
        self._settling.settle(settled)
        if time.monotonic() - self._saved_at >= _SAVE_EVERY_S:
            self._saved_at = time.monotonic()
            resuming.save(self._kept_in, self.position)

    def _unsettled(self) -> Iterator[Row | BrokenRow]:
        for row in self._log.rows(self._mapping):
            if row.number is None or row.number > self._after:
                yield row
            if row.number is not None and row.number % _SHOW_EVERY == 0:
                self._show()

    def _add_broken(self, broken: BrokenEvent) -> None:
        self._report.add_broken(broken)
        if broken.index is not None:
            self._settling.add_broken(broken.index + 1)

    def _show(self) -> None:
        elapsed_s = max(time.monotonic() - self._began_at, 0.001)
        rate = (self._report.accepted - self._earlier) / elapsed_s
        told = f"{self._report.accepted} accepted, {rate:.0f}/s"
        self._advance(self._log.count - self._shown, told)
        self._shown = self._log.count
