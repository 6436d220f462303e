"""Dead letters at the end of a run: exactly the poison, and what redriving and discarding leave."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from tests.chaos import checks
from tests.chaos.callers import Callers, bearer
from tests.chaos.checks import Verdict, verdict
from tests.chaos.poison import TopicRecord

PATH = "/v1/dead-letters"
STILL_NOT_APPLIED, DONE, GONE = 409, 204, 404


async def listed(callers: Callers) -> list[dict[str, Any]]:
    """Return all letters as operations see them."""
    letters: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        asked = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        answer = await _call(callers, "GET", PATH, asked)
        answer.raise_for_status()
        page = msgspec.json.decode(answer.content)
        letters += page["items"]
        if (cursor := page["next_cursor"]) is None:
            return letters


def judge(letters: Sequence[dict[str, Any]], topic: Sequence[TopicRecord]) -> Verdict:
    """Compare the letters' reasons with those of what was planted, as the topic has it."""
    planted = Counter(record.planted for record in topic if record.planted)
    found = Counter(letter["reason"] for letter in letters)
    faults = [
        f"{reason}: {found[reason]} of {planted[reason]}"
        for reason in sorted(planted.keys() | found.keys())
        if planted[reason] != found[reason]
    ]
    return verdict(checks.LETTERS, faults, ", ".join(f"{r} {n}" for r, n in sorted(found.items())))


async def judge_handling(callers: Callers, letters: Sequence[dict[str, Any]]) -> Verdict:
    """Redrive one letter of each reason, which must fail again, and discard every second one."""
    faults = []
    for letter in {each["reason"]: each for each in letters}.values():
        answer = await _call(callers, "POST", f"{PATH}/{letter['id']}/redrive")
        if answer.status_code != STILL_NOT_APPLIED:
            faults.append(f"redriving {letter['reason']} gave {answer.status_code}")
    discarded = [letter["id"] for letter in letters[::2]]
    for id in discarded:  # noqa: A001 - the API's word
        done = (await _call(callers, "DELETE", f"{PATH}/{id}")).status_code
        again = (await _call(callers, "DELETE", f"{PATH}/{id}")).status_code
        if (done, again) != (DONE, GONE):
            faults.append(f"discarding gave {done}, then {again}")
    left = {letter["id"] for letter in await listed(callers)}
    if left != {letter["id"] for letter in letters} - set(discarded):
        faults.append(f"{len(left)} letters are left of {len(letters)} less {len(discarded)}")
    return verdict(checks.HANDLING, faults, f"{len(letters)} letters, {len(discarded)} discarded")


async def _call(
    callers: Callers, method: str, path: str, params: dict[str, str] | None = None
) -> httpx.Response:
    headers = bearer(callers.operations)
    return await callers.journey.request(method, path, params=params, headers=headers)
