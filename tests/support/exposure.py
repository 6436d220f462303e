"""What can be seen of a service from outside: answers, spans, lines; and whether traces stand in it."""

from collections.abc import Iterable

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan


def lines(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> list[tuple[str, str]]:
    """Return what was logged at any level, by logger, and what was printed.

    What the test's own HTTP client says of itself is left out.
    """
    printed = [("stdout", line) for line in "".join(capfd.readouterr()).splitlines()]
    logged = [
        (record.name, f"{record.getMessage()} {record.exc_info}")
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore"))
    ]
    return [*logged, *printed]


def whole(answer: httpx.Response) -> str:
    """Return an answer with its headers."""
    return f"{answer.status_code} {answer.headers} {answer.text}"


def described(span: ReadableSpan) -> str:
    """Return all that a span says."""
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    context = span.get_span_context()
    state = context.trace_state if context else None
    return f"{span.name} {dict(span.attributes or {})} {events} {span.status.description} {state}"


def traces_in(texts: Iterable[str], traces: Iterable[str]) -> list[tuple[str, str]]:
    """Return which traces stand in which texts."""
    return [(trace, text) for text in texts for trace in traces if trace.lower() in text.lower()]
