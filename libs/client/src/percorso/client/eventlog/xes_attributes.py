"""Attributes of one XES event or case, nested ones and lists included, as JSON values."""

from dataclasses import dataclass, field
from typing import Any

from percorso.client.eventlog.rows import MAX_ROW, number

MAX_DEPTH = 8
_NUMBERS = frozenset({"int", "float"})
_BOOLEANS = {"true": True, "false": False}


@dataclass(slots=True)
class _Open:
    """An attribute whose end did not come yet."""

    tag: str
    key: str
    value: str | None
    inner: list[tuple[str, Any]] = field(default_factory=list)


class Attributes:
    """Cells in the making; what does not fit into bounds is dropped, and `fault` says so.

    A number stays as the file writes it. An attribute with attributes of its own becomes
    `{"value", "attributes"}`, a list `[{key: value}, ...]`, a container `{key: value, ...}`.
    """

    def __init__(self) -> None:
        self.cells: dict[str, Any] = {}
        self.fault: str | None = None
        self._open: list[_Open] = []
        self._dropped = 0
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the tag of an attribute."""
        if tag == "values":  # of a list: its elements stand inside
            return
        key, value = attributes.get("key"), attributes.get("value")
        self._size += len(key or "") + len(value or "")
        fault = self._fault(tag, key, value)
        if fault or key is None or self._dropped:
            self.fault = self.fault or fault
            self._dropped += 1
        else:
            self._open.append(_Open(tag, key, value))

    def end(self, tag: str) -> None:
        """Take the end of an attribute."""
        if tag == "values":
            return
        if self._dropped:
            self._dropped -= 1
        elif self._open:
            self._close(self._open.pop())

    def _close(self, closed: _Open) -> None:
        if self._open:
            self._open[-1].inner.append((closed.key, self._value(closed)))
        elif closed.key in self.cells:
            self.fault = "has an attribute twice"
        else:
            self.cells[closed.key] = self._value(closed)

    def _fault(self, tag: str, key: str | None, value: str | None) -> str | None:
        if key is None:
            return "has an attribute without a key"
        if value is None and tag not in {"list", "container"}:
            return "has an attribute without a value"
        if self._size > MAX_ROW:
            return f"has attributes of more than {MAX_ROW} characters"
        return "has attributes that are nested too deep" if len(self._open) >= MAX_DEPTH else None

    def _value(self, closed: _Open) -> Any:
        if closed.tag == "list":
            return [{key: value} for key, value in closed.inner]
        inner = dict(closed.inner)
        if len(inner) < len(closed.inner):
            self.fault = "has an attribute twice"
        if closed.tag == "container":
            return inner
        value = _typed(closed.tag, closed.value or "")
        return {"value": value, "attributes": inner} if inner else value


def _typed(tag: str, value: str) -> Any:
    """Return the value in JSON's types; what JSON cannot say, such as NaN, stays text."""
    if tag in _NUMBERS:
        written = number(value)
        return value if written is None else written
    return _BOOLEANS.get(value, value) if tag == "boolean" else value
