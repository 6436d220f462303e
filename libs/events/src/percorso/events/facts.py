"""Fact: the full state of something that identity decides, as it travels on a compacted topic."""

from datetime import datetime

import msgspec


class Fact(msgspec.Struct, frozen=True, gc=False):
    """A fact names itself by its key; the last one of a key stands for all before.

    `value` is JSON in UTF-8 with the fact's full state and its version; times are UTC.
    """

    key: str
    id: str
    source: str
    type: str
    time: datetime
    value: bytes
    traceparent: str | None = None

    @property
    def received_at(self) -> datetime:
        """Return when it was decided: what a consumer's freshness is measured from."""
        return self.time
