"""What came of the parents' births: suggestions, mails and counts, compared with plain models."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from percorso.local.processes import PYTHON
from tests.chaos import checks
from tests.chaos.callers import TIMEOUT_S, Callers, bearer
from tests.chaos.checks import Verdict, verdict
from tests.chaos.oracle import Model
from tests.chaos.parents import Answer, Parent
from tests.chaos.stack import Stack, environment
from tests.support.rest import LOOK_EVERY_S, LOOKS, rests

REST_TIMEOUT_S = 120.0  # an attempt that was cut short is settled when its time is over
WITHDRAWN = "eu.percorso.touchpoint.withdrawn.v1"
UNKNOWN = "eu.percorso.notification.failed.v1"
COUNTED = {"from": "2022-12-01T00:00:00Z", "to": "2026-12-31T00:00:00Z", "by": "day"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loop:
    """What the loop shows when it has come to rest, by the parents' subjects."""

    rests: bool
    mails: Sequence[Json]
    suggestions: Mapping[str, Sequence[Json]]
    failed: Mapping[str, int]  # messages that the timeline says failed, or of unknown outcome
    counted: int
    recount: str  # what is wrong with it; empty if nothing


async def evidence(stack: Stack, called: Callers, parents: Sequence[Parent]) -> Loop:
    """Wait until nothing waits any more, then read what everybody sees."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        rests = await _rested(stack, client)
        mails = await _json(client, f"{stack.addresses['mail']}/v1/mails")
        tokens = {each.subject.name: called.citizens[each.subject.name] for each in parents}
        return Loop(
            rests=rests,
            mails=mails["items"],
            suggestions={
                name: await _items(client, stack, "insights", "suggestions", token)
                for name, token in tokens.items()
            },
            failed={
                name: sum(
                    item["type"] == UNKNOWN
                    for item in await _items(client, stack, "journey", "timelines", token)
                )
                for name, token in tokens.items()
            },
            counted=await _counted(client, stack, called),
            recount=await asyncio.to_thread(_recount, stack),
        )


async def _rested(stack: Stack, client: httpx.AsyncClient) -> bool:
    """Return True when all have rested for a while; False if they never do."""
    deadline, looks = time.monotonic() + REST_TIMEOUT_S, 0
    while looks < LOOKS and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
        seen = {
            name: await _json(client, f"{stack.addresses[name]}/status")
            for name in ("insights", "notifications", "journey")
        }
        looks = looks + 1 if rests(**seen) else 0
    return looks == LOOKS


async def _json(client: httpx.AsyncClient, url: str) -> Json:
    try:
        found: Json = msgspec.json.decode((await client.get(url)).content)
    except (httpx.HTTPError, msgspec.MsgspecError):
        return {}
    return found


async def _items(
    client: httpx.AsyncClient, stack: Stack, service: str, noun: str, token: str
) -> Sequence[Json]:
    answer = await client.get(f"{stack.addresses[service]}/v1/{noun}/me", headers=bearer(token))
    answer.raise_for_status()
    items: Sequence[Json] = answer.json()["items"]
    return items


async def _counted(client: httpx.AsyncClient, stack: Stack, called: Callers) -> int:
    answer = await client.get(
        f"{stack.addresses['insights']}/v1/metrics/touchpoints",
        params=COUNTED,
        headers=bearer(called.operations),
    )
    answer.raise_for_status()
    return sum(item["count"] for item in answer.json()["items"])


def _recount(stack: Stack) -> str:
    """Have insights count everything again from what it stored."""
    part = msgspec.json.decode((stack.home / "parts" / "insights.json").read_bytes())
    command = [*PYTHON, "percorso.insights", "rebuild-metrics", "--verify"]
    done = subprocess.run(
        command, env=environment() | part["environment"], capture_output=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout or done.stderr).decode()[-200:]


def judge(loop: Loop, parents: Sequence[Parent], model: Model) -> Iterator[Verdict]:
    """Yield what is wrong with suggestions, mails and counts."""
    allowing = {each.address: each for each in parents if each.answer is Answer.YES}
    to = Counter(mail["to"] for mail in loop.mails)
    yield verdict(
        checks.NO_CONSENT,
        [
            f"{number} mails to one who allows none"
            for each, number in to.items()
            if each not in allowing
        ],
        f"{len(loop.mails)} mails, {len(parents) - len(allowing)} people who allow none",
    )
    ids = Counter(mail["message_id"] for mail in loop.mails)
    yield verdict(
        checks.MAILED_ONCE,
        [f"one mail {number} times" for number in ids.values() if number > 1],
        f"{len(ids)} different mails",
    )
    yield verdict(checks.PROPOSED, _proposed(loop, parents, model), f"{_number(loop)} suggestions")
    yield verdict(checks.ARRIVED, _arrived(loop, parents, to), "" if loop.rests else "not at rest")
    yield verdict(checks.COUNTED, _miscounted(loop, model), f"{loop.counted} touchpoints counted")


def _number(loop: Loop) -> int:
    return sum(map(len, loop.suggestions.values()))


def _proposed(loop: Loop, parents: Sequence[Parent], model: Model) -> Iterator[str]:
    """Compare with the rule of a first birth: whoever allows it gets one suggestion, others none."""
    for parent in parents:
        name = parent.subject.name
        due = int(parent.answer is Answer.YES and bool(model.own(name)))
        found = len(loop.suggestions[name])
        if found != due:
            yield f"{found} of {due} to one who said {parent.answer}"


def _arrived(loop: Loop, parents: Sequence[Parent], to: Mapping[str, int]) -> Iterator[str]:
    """Compare mails with suggestions: each has its mail, or the timeline says that it failed."""
    if not loop.rests:
        yield f"messages still wait after {REST_TIMEOUT_S:.0f} s"
    for parent in parents:
        name = parent.subject.name
        made, sent, failed = (
            len(loop.suggestions[name]),
            to.get(parent.address, 0),
            loop.failed[name],
        )
        if not made - failed <= sent <= made:
            yield f"{sent} mails of {made} suggestions, {failed} failed"


def _miscounted(loop: Loop, model: Model) -> Iterator[str]:
    made = model.account.made
    live = [
        event
        for subject in model.subjects()
        for event in model.own(subject)
        if made[event].type != WITHDRAWN
    ]
    if loop.counted != len(live):
        yield f"{loop.counted} touchpoints are counted, {len(live)} there are"
    if loop.recount:
        yield f"a recount differs: {loop.recount}"
