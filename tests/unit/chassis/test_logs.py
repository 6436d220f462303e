"""Log lines are JSON, carry their trace, and hold nothing personal."""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from percorso.chassis import logs
from percorso.chassis.settings import Misconfigured
from percorso.chassis.testing import recorded_spans
from percorso.chassis.tracing import server_span

MARK = "RSSMRA85T10A562S"
Lines = Callable[[], list[dict[str, Any]]]


class ForeignError(Exception):
    sqlstate = "22P02"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions
    levels = {name: logging.getLogger(name).level for name in logs._LEVELS}
    hooks = sys.excepthook, threading.excepthook
    logs.configure("journey")
    # What another test left running may speak now, and would keep this for ever.
    structlog.configure(cache_logger_on_first_use=False)

    def read() -> list[dict[str, Any]]:
        text = written.getvalue()
        assert MARK not in text
        return [json.loads(line) for line in text.splitlines()]

    yield read
    root.handlers[:], root.level, logging.raiseExceptions = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def fail() -> None:
    nobody: dict[str, int] = {}
    try:
        nobody[MARK]
    except KeyError as error:
        raise ForeignError(MARK) from error


def test_a_line_is_a_sentence_with_its_facts(lines: Lines) -> None:
    logs.get("percorso.x").info("an event was accepted", type="x.v1", odd=object())

    [line] = lines()
    assert line["event"] == "an event was accepted"
    assert (line["level"], line["service"], line["type"]) == ("info", "journey", "x.v1")
    assert line["odd"] == "object"
    assert line["timestamp"].endswith("Z")


def test_a_line_carries_its_trace(lines: Lines) -> None:
    with recorded_spans() as spans, server_span("GET /x", []):
        logs.get("percorso.x").info("inside")
    logs.get("percorso.x").info("outside")

    inside, outside = lines()
    [span] = spans.get_finished_spans()
    assert span.context is not None
    assert inside["trace_id"] == f"{span.context.trace_id:032x}"
    assert inside["span_id"] == f"{span.context.span_id:016x}"
    assert "trace_id" not in outside


@pytest.mark.parametrize("name", sorted(logs.DENIED))
def test_denied_facts_are_redacted(lines: Lines, name: str) -> None:
    logs.get("percorso.x").info("careless", **{name: MARK})

    assert lines()[0][name] == logs.REDACTED


def test_an_exception_shows_its_way_and_not_its_text(lines: Lines) -> None:
    try:
        fail()
    except ForeignError:
        logs.get("percorso.x").exception("it failed")

    shown = lines()[0]["exception"]
    assert shown["type"].endswith("ForeignError")
    assert shown["sqlstate"] == "22P02"
    assert shown["frames"][-1].endswith(" fail")
    assert shown["cause"]["type"] == "builtins.KeyError"


def test_our_own_exceptions_may_speak(lines: Lines) -> None:
    logs.get("percorso.x").error("it failed", exc_info=Misconfigured("the key is another"))

    assert lines()[0]["exception"]["text"] == "the key is another"


def test_a_group_shows_its_members(lines: Lines) -> None:
    group = ExceptionGroup(MARK, [ForeignError(MARK)])
    logs.get("percorso.x").error("they failed", exc_info=group)

    [inner] = lines()[0]["exception"]["errors"]
    assert inner["type"].endswith("ForeignError")


def test_endless_causes_end(lines: Lines) -> None:
    error: Exception = ForeignError(MARK)
    for _ in range(5_000):
        outer = ForeignError(MARK)
        outer.__cause__ = error
        error = outer
    logs.get("percorso.x").error("it failed", exc_info=error)

    assert len(json.dumps(lines()[0])) < 5_000


@pytest.mark.parametrize(
    "speak",
    [
        lambda log, error: log.error("cannot reach %s: %s", "broker", error),
        lambda log, error: log.error("cannot: %(why)s", {"why": error}),
        lambda log, error: log.error(error),
        lambda log, error: log.error("cannot", exc_info=error),
    ],
)
def test_libraries_do_not_speak_in_exceptions(
    lines: Lines, speak: Callable[[logging.Logger, Exception], None]
) -> None:
    speak(logging.getLogger("aiokafka"), ForeignError(MARK))

    [line] = lines()
    assert line["logger"] == "aiokafka"
    assert "ForeignError" in json.dumps(line)


def test_libraries_do_not_chat(lines: Lines) -> None:
    for name in ("aiokafka", "uvicorn.error", "httpx", "asyncio"):
        logging.getLogger(name).info("hello")

    assert lines() == []


def say(name: str, sentence: str, *args: object, at: float) -> None:
    line = {"name": name, "msg": sentence, "args": args, "created": at, "levelno": logging.ERROR}
    logging.getLogger(name).handle(logging.makeLogRecord(line))


def test_what_a_library_repeats_is_counted_and_said_every_ten_seconds(lines: Lines) -> None:
    for at in (100.0, 100.1, 105.0, 109.9, 110.0, 110.1, 125.0):
        say("aiokafka.conn", "cannot reach node %s", 1, at=at)

    assert [line["event"] for line in lines()] == ["cannot reach node 1"] * 3
    assert [line.get("repeats") for line in lines()] == [None, 3, 1]


def test_only_the_same_sentence_of_a_repetitive_library_is_held_back(lines: Lines) -> None:
    for name, sentence in (
        ("aiokafka.conn", "one"),
        ("aiokafka.conn", "other"),
        ("aiokafka.group", "one"),
        ("uvicorn.error", "one"),
        ("uvicorn.error", "one"),
    ):
        say(name, sentence, at=100.0)

    assert len(lines()) == 5


def test_a_clock_that_was_set_back_silences_nothing(lines: Lines) -> None:
    for at in (100.0, 50.0):
        say("aiokafka.conn", "cannot reach the broker", at=at)

    assert len(lines()) == 2


def test_sentences_full_of_facts_are_not_remembered_for_ever() -> None:
    repeats = logs.Repeats()
    for number in range(3 * logs.MAX_SENTENCES):
        record = logging.makeLogRecord({"name": "aiokafka", "msg": f"fetched {number}"})
        assert repeats.let_through(record)

    assert len(repeats._said) <= logs.MAX_SENTENCES


def test_an_errno_tells_enough(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").error(OSError(98, f"{MARK} in use"))

    assert lines()[0]["event"] == "OSError 98"


async def test_what_the_loop_catches_is_logged_without_text(lines: Lines) -> None:
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(logs.loop_exception)

    async def forgotten() -> None:
        fail()

    task = asyncio.create_task(forgotten())
    await asyncio.wait([task])
    del task
    gc.collect()
    loop.set_exception_handler(before)

    assert lines()[-1]["event"] == "the event loop caught an exception"


def test_what_nobody_catches_is_logged_without_text(lines: Lines) -> None:
    error = ForeignError(MARK)
    sys.excepthook(ForeignError, error, None)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    assert [line["level"] for line in lines()] == ["critical", "critical"]
