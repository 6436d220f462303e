"""The three real logs beside the checkout, read with the standard library alone."""

import csv
import gzip
import os
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.repository import ROOT

Touchpoint = tuple[datetime, dict[str, str]]  # when, and every attribute


@dataclass(frozen=True)
class RealLog:
    """A log of ../shared/data; `case` and `time` are names of its columns."""

    name: str
    file: str
    count: int
    case: str
    time: str

    def path(self) -> Path:
        """Return its file; where it is absent, and in CI, the test is skipped: it is not ours."""
        if os.environ.get("CI"):
            pytest.skip("the real logs are not read in CI")
        path = ROOT.parent / "shared" / "data" / self.name / self.file
        if not path.exists():
            pytest.skip(f"../shared/data/{self.name} is absent")
        return path

    def mapping(self) -> Path:
        """Return the mapping that is shipped for it."""
        return ROOT / "examples" / f"{self.name}.toml"

    def rows(self) -> list[dict[str, str]]:
        """Return its events in the order of the file, each with every attribute."""
        with gzip.open(self.path(), "rt", encoding="utf-8", newline="") as text:
            if self.file.endswith(".csv.gz"):
                return list(csv.DictReader(text))
            return list(_xes_rows(ET.parse(text).getroot()))  # noqa: S314 - a log that we chose

    def cases(self) -> dict[str, list[Touchpoint]]:
        """Return each case in order of time, ties in the order of the file: a plain stable sort."""
        cases = defaultdict(list)
        for row in self.rows():
            at = datetime.fromisoformat(row[self.time]).astimezone(UTC)
            cases[row[self.case]].append((at, row))
        return {case: sorted(found, key=lambda each: each[0]) for case, found in cases.items()}


REAL_LOGS = [
    RealLog("receipt-wabo", "receipt.xes.gz", 8_577, "case:concept:name", "time:timestamp"),
    RealLog("traffic-fines-it", "traffic_fines.csv.gz", 34_724, "case_id", "timestamp"),
    RealLog("bpic15-1", "bpic15_1.csv.gz", 52_217, "case_concept.name", "event_time.timestamp"),
]


def _xes_rows(log: ET.Element) -> Iterable[dict[str, str]]:
    for trace in log.iterfind("{*}trace"):
        case = {f"case:{key}": value for key, value in _attributes(trace)}
        for event in trace.iterfind("{*}event"):
            yield case | dict(_attributes(event))


def _attributes(element: ET.Element) -> Iterable[tuple[str, str]]:
    return (
        (inner.attrib["key"], inner.attrib["value"]) for inner in element if "key" in inner.attrib
    )
