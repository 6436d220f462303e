"""Event logs, CSV or XES, read into CloudEvents as a mapping says; any size, little memory."""

from percorso.client.eventlog.conversion import convert
from percorso.client.eventlog.files import EventLog, open_log
from percorso.client.eventlog.mapping import BadMapping, Mapping, read_mapping
from percorso.client.eventlog.resuming import OtherImport, Position, Settling
from percorso.client.eventlog.rows import BrokenRow, Row, UnusableLog

__all__ = [
    "BadMapping",
    "BrokenRow",
    "EventLog",
    "Mapping",
    "OtherImport",
    "Position",
    "Row",
    "Settling",
    "UnusableLog",
    "convert",
    "open_log",
    "read_mapping",
]
