"""JSON lines on stdout, of our own code and of every library, without personal data."""

import asyncio
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from traceback import walk_tb
from types import TracebackType
from typing import Any

import structlog
from opentelemetry import trace

REDACTED = "[redacted]"
MAX_CAUSES = 5  # more is a chain of retries that says the same again
MAX_FRAMES = 30  # the innermost; deeper stacks are a framework's
# Members of events, tokens and forms that hold or unlock personal data.
DENIED = frozenset(
    {
        "address", "authorization", "case", "cf", "citizen", "cookie", "data", "email", "fiscal_code",
        "identifier", "message", "name", "password", "phone", "purpose", "query", "secret", "surname",
        "text", "token", "touchpoint", "value",
    }
)  # fmt: skip
# Chatty at INFO, or about spans, whose losses are a metric.
_LEVELS = {
    "aiokafka": logging.WARNING,
    "alembic": logging.INFO,
    "asyncio": logging.WARNING,
    "httpx": logging.WARNING,
    "opentelemetry": logging.CRITICAL,
    "percorso": logging.INFO,
    "urllib3": logging.ERROR,
}
# Without a broker it writes up to 200 lines a second, all of them the same few sentences.
_REPETITIVE = frozenset({"aiokafka"})
REPEATED_AFTER_S = 10.0
MAX_SENTENCES = 200  # remembered; there are fewer, unless a library puts its facts into them
_ROOT = re.compile(r"^.*/(site-packages|src|lib/python[0-9.]+)/")
Event = MutableMapping[str, Any]


def configure(service: str) -> None:
    """Send every log line of the process, and what nobody caught, to stdout as JSON."""
    logging.raiseExceptions = False  # a full or closed stdout must not break what we do
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_formatter(service))
    handler.addFilter(_without_foreign_text)
    handler.addFilter(Repeats().let_through)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module: a constant sentence first, facts as key-values."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _formatter(service: str) -> logging.Formatter:
    def add_service(_: object, __: str, event: Event) -> Event:
        return {"service": service, **event}

    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _redact,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_service,
            _add_trace,
            _render_exception,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=["repeats"]),
        ],
    )


def _dumps(event: Mapping[str, Any], **_: object) -> str:
    return json.dumps(event, ensure_ascii=False, default=lambda value: type(value).__name__)


def _redact(_: object, __: str, event: Event) -> Event:
    return {key: REDACTED if key in DENIED else value for key, value in event.items()}


def _add_trace(_: object, __: str, event: Event) -> Event:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def _render_exception(_: object, __: str, event: Event) -> Event:
    given = event.pop("exc_info", None)
    if isinstance(given, BaseException):
        event["exception"] = described(given)
    elif isinstance(given, tuple) and isinstance(given[1], BaseException):
        event["exception"] = described(given[1])
    elif given and (current := sys.exception()):
        event["exception"] = described(current)
    return event


def described(error: BaseException, depth: int = MAX_CAUSES) -> dict[str, Any]:
    """Return type and frames of an exception and of its causes; never a foreign message.

    asyncpg, for one, quotes the values of the failing row.
    """
    shown: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    if type(error).__module__.startswith("percorso."):
        shown["text"] = str(error)
    if isinstance(code := getattr(error, "sqlstate", None), str):
        shown["sqlstate"] = code
    shown["frames"] = list(_frames(error.__traceback__))[-MAX_FRAMES:]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth > 0:
        shown["cause"] = described(cause, depth - 1)
    if isinstance(error, BaseExceptionGroup) and depth > 0:
        shown["errors"] = [described(inner, depth - 1) for inner in error.exceptions]
    return shown


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(traceback):
        code = frame.f_code
        yield f"{_ROOT.sub('', code.co_filename)}:{line} {code.co_qualname}"


def _without_foreign_text(record: logging.LogRecord) -> bool:
    """Say an exception that a library put into its sentence by its type alone."""
    record.msg = _spoken(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(_spoken(value) for value in record.args)
    elif isinstance(record.args, Mapping):
        record.args = {name: _spoken(value) for name, value in record.args.items()}
    return True


def _spoken(value: object) -> Any:
    if not isinstance(value, BaseException):
        return value
    number = f" {value.errno}" if isinstance(value, OSError) and value.errno else ""
    return f"{type(value).__name__}{number}"


class Repeats:
    """Holds back a sentence that a repetitive library said less than 10 s ago, and counts it.

    The next one that is let through says in `repeats` how many were held back before it.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, int, str], tuple[float, int]] = {}

    def let_through(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        if record.name.partition(".")[0] not in _REPETITIVE:
            return True
        sentence = record.name, record.levelno, str(record.msg)
        said_at, held = self._said.get(sentence, (-REPEATED_AFTER_S, 0))
        if 0 <= record.created - said_at < REPEATED_AFTER_S:
            self._said[sentence] = said_at, held + 1
            return False
        if len(self._said) >= MAX_SENTENCES:
            self._said.clear()
        self._said[sentence] = record.created, 0
        if held:
            record.repeats = held
        return True


def loop_exception(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log what the event loop caught; its own handler would print the exception's text."""
    get("percorso.chassis.loop").error(
        "the event loop caught an exception", exc_info=context.get("exception")
    )


def _uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    get("percorso.chassis").critical("nobody caught this exception", exc_info=error)


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    get("percorso.chassis").critical(
        "nobody caught this exception in a thread", exc_info=arguments.exc_value
    )
