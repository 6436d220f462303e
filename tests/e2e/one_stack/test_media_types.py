"""Every media type of the door, from the POST to the timeline."""

import json
import random
from urllib.parse import quote

import pytest

from tests.support.stack import Stack, an_event
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)


def ids(stack: Stack, citizen: str) -> set[str]:
    return {item["id"] for item in stack.timeline(stack.citizen(citizen))["items"]}


def test_lines_are_judged_one_by_one(stack: Stack, citizen: str) -> None:
    events = [an_event(citizen) for _ in range(3)]
    body = "\n".join(
        [json.dumps(events[0]), "{broken", json.dumps(events[1]), json.dumps(events[2])]
    )

    answer = stack.http.post(
        f"{stack.url('identity')}/v1/events",
        content=body,
        headers=stack.agency() | {"Content-Type": "application/x-ndjson"},
    )

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 3
    assert [each["index"] for each in answer.json()["rejected"]] == [1]
    eventually(lambda: ids(stack, citizen) == {event["id"] for event in events})


def test_binary_mode_is_one_event(stack: Stack, citizen: str) -> None:
    event = an_event(citizen, id="è un'id / 7") | {"id": f"è/{random.Random().random()}"}
    data = event.pop("data")
    attributes = {f"ce-{name}": quote(str(value), safe=":") for name, value in event.items()}

    answer = stack.http.post(
        f"{stack.url('identity')}/v1/events",
        content=json.dumps(data),
        headers=stack.agency() | attributes | {"Content-Type": "application/json"},
    )

    assert answer.status_code == 202
    eventually(lambda: ids(stack, citizen) == {event["id"]})


def test_json_without_attributes_is_no_event(stack: Stack) -> None:
    answer = stack.http.post(
        f"{stack.url('identity')}/v1/events",
        content="{}",
        headers=stack.agency() | {"Content-Type": "application/json"},
    )

    assert answer.status_code == 415
