"""Waiting for a condition with a deadline, instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Condition = Callable[[], bool | Awaitable[bool]]
T = TypeVar("T")


async def until(condition: Condition, *, within_s: float = 60.0, every_s: float = 0.02) -> None:
    """Return when the condition holds; AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not await _holds(condition):
        assert time.monotonic() < deadline, f"not so within {within_s} s: {_source(condition)}"
        await asyncio.sleep(every_s)


def eventually(condition: Callable[[], T], *, within_s: float = 60.0, every_s: float = 0.05) -> T:
    """Return the condition's first true answer; AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not so within {within_s} s: {_source(condition)}"
        time.sleep(every_s)
    return answer


async def _holds(condition: Condition) -> bool:
    answer = condition()
    return bool(await answer if inspect.isawaitable(answer) else answer)


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except OSError:
        return repr(condition)
