"""The rules that are live: a folder is watched, and a set goes live whole or not at all."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from percorso.chassis import logs
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.insights.rules import files, metrics
from percorso.insights.rules.files import Fault, Files
from percorso.insights.rules.ruleset import Refused, Ruleset, judge, load, unreadable

LOOK_S = 5.0  # an edit is live after two to three looks, well within a minute
MOST_SHOWN = 20  # faults of a refused set in /status; `check-rules` prints all

_log = logs.get(__name__)


class Reloader:
    """Keeps the last good set of a folder; after an edit, once nobody writes any more, the next.

    An edit of several files is taken up when two looks in a row find the same content. A set that
    is refused changes nothing, and is said in /status, in a metric and in the log.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._live: Ruleset | None = None
        self._refused: Refused | None = None
        self._seen: str | None = None

    @property
    def live(self) -> Ruleset:
        """Return the set that is live; Unavailable while there is none."""
        if self._live is None:
            raise Unavailable("no set of rules is live")
        return self._live

    async def check(self) -> str | None:
        """Return why nothing can be decided; a refused edit is no reason while a set is live."""
        if self._live is not None:
            return None
        return "the rules are not read yet" if self._refused is None else "the rules are refused"

    def status(self) -> Mapping[str, object]:
        """Return the version that is live, and what was refused since."""
        refused = self._refused
        return {
            "live": None if self._live is None else self._live.version,
            "refused": None
            if refused is None
            else {
                "version": refused.version,
                "faults": [each._asdict() for each in refused.faults[:MOST_SHOWN]],
            },
        }

    async def start(self) -> None:
        """Read and judge the folder now."""
        self._settle(await asyncio.to_thread(load, self._folder))

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the folder again and again until `stop` is set."""
        while not stop.is_set():
            await pause(stop, LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Take up what is in the folder, if it is new and was the same at the look before."""
        try:
            found = await asyncio.to_thread(files.read, self._folder)
        except OSError as error:
            self._settle(unreadable(self._folder, error))
            return
        await self._judge(found, files.version(found))

    async def _judge(self, found: Files, version: str) -> None:
        is_settled, self._seen = version == self._seen, version
        if version == self._judged:
            return
        if self._live is not None and version == self._live.version:
            self._settle(self._live)
        elif is_settled:
            self._settle(await asyncio.to_thread(judge, found))

    @property
    def _judged(self) -> str | None:
        last = self._refused or self._live
        return None if last is None else last.version

    def _settle(self, judged: Ruleset | Refused) -> None:
        if isinstance(judged, Ruleset):
            if self._live is None or judged.version != self._live.version:
                _log.info("a set of rules is live", version=judged.version)
            self._live, self._refused = judged, None
            metrics.LIVE.clear()
            metrics.LIVE.labels(judged.version).set(1)
        elif judged != self._refused:
            self._refused = judged
            _log.warning("a set of rules is refused, the last good one stays", **_first(judged))
        metrics.FAULTS.set(0 if self._refused is None else len(self._refused.faults))


def _first(refused: Refused) -> dict[str, object]:
    fault: Fault = refused.faults[0]
    return {"version": refused.version, "faults": len(refused.faults), **fault._asdict()}
