"""Memory does not grow with the log."""

import tracemalloc
from pathlib import Path

import pytest

from percorso.client.eventlog import convert, open_log
from percorso.client.eventlog.mapping import Mapping
from tests.unit.client.eventlog.logs import (
    MAPPING,
    XES_MAPPING,
    a_csv,
    a_file,
    a_mapping,
    a_trace,
    an_event,
    an_xes,
)


def a_log(folder: Path, name: str, count: int) -> Path:
    if name.startswith("log.csv"):
        table = [(str(n // 5), "received", "2026-05-04T10:00:00Z") for n in range(count)]
        return a_file(folder, name, a_csv(table))
    return a_file(folder, name, an_xes(a_trace("1", *[an_event()] * count)))


def peak(path: Path, mapping: Mapping, count: int) -> int:
    tracemalloc.start()
    with open_log(path) as log:
        assert sum(bool(convert(row, mapping, file="x")) for row in log.rows(mapping)) == count
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return taken


@pytest.mark.parametrize("name", ["log.csv.gz", "log.xes.gz"])
def test_ten_times_the_rows_take_the_same_memory(tmp_path: Path, name: str) -> None:
    mapping = a_mapping(tmp_path, MAPPING if name == "log.csv.gz" else XES_MAPPING)
    counts = (2_000, 20_000)

    small, large = (peak(a_log(tmp_path, name, count), mapping, count) for count in counts)

    assert large < small + 200_000
