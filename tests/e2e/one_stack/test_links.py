"""Stories of one person with several identifiers, over the whole stack."""

import json
import random
import threading
from typing import Any

import httpx
import pytest

from tests.support.citizens import a_fiscal_code
from tests.support.stack import Json, Stack, an_event
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)


def cf(value: str) -> Json:
    return {"scheme": "cf", "value": value}


def a_visitor() -> Json:
    return {"scheme": "visitor", "value": f"c_a182:{random.Random().randrange(10**12)}"}


def link(
    stack: Stack, one: Json, other: Json, caller: dict[str, str] | None = None
) -> httpx.Response:
    body = {"subjects": [one, other], "proof": {"kind": "agency", "reference": "AN/2026/7"}}
    return stack.http.post(
        f"{stack.url('identity')}/v1/links", json=body, headers=caller or stack.agency()
    )


def unlink(stack: Stack, link_id: str, caller: dict[str, str]) -> int:
    url = f"{stack.url('identity')}/v1/links/{link_id}"
    return stack.http.delete(url, headers=caller).status_code


def post(stack: Stack, identifier: Json, **changed: object) -> str:
    event = an_event("", **changed)
    event["data"]["citizen"] = identifier
    assert stack.post(event, stack.agency()).status_code == 202
    event_id: str = event["id"]
    return event_id


def ids(stack: Stack, reader: dict[str, str]) -> set[str]:
    return {item["id"] for item in stack.timeline(reader, limit=200)["items"]}


def test_a_link_joins_two_timelines_and_its_removal_parts_them_exactly(
    stack: Stack, citizen: str
) -> None:
    visitor = a_visitor()
    own, web = post(stack, cf(citizen)), post(stack, visitor)
    reader, browser = stack.citizen(citizen), stack.token(caller="citizen", identifier=visitor)
    eventually(lambda: ids(stack, reader) == {own} and ids(stack, browser) == {web})

    link_id = link(stack, cf(citizen), visitor).json()["link_id"]
    eventually(lambda: ids(stack, reader) == ids(stack, browser) == {own, web})
    later = post(stack, visitor)
    eventually(lambda: ids(stack, reader) == {own, web, later})

    assert unlink(stack, link_id, stack.agency()) == 204
    eventually(lambda: ids(stack, reader) == {own} and ids(stack, browser) == {web, later})


def test_two_people_are_never_joined_by_a_shared_mailbox(stack: Stack, citizen: str) -> None:
    mailbox = {"scheme": "email", "value": f"famiglia{random.Random().random()}@example.it"}
    assert link(stack, cf(citizen), mailbox).status_code == 201

    answer = link(stack, mailbox, cf(a_fiscal_code(random.Random())))

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:percorso:problem:two-people"
    assert mailbox["value"] not in answer.text


def test_only_agencies_with_the_right_assert_links_and_strangers_undo_none(
    stack: Stack, citizen: str
) -> None:
    new = {"code": "c_f205", "sources": ["urn:it:c_f205:"], "links": False}
    stack.http.post(f"{stack.url('identity')}/v1/agencies", json=new, headers=stack.operations())
    stranger = stack.agency("c_f205")
    link_id = link(stack, cf(citizen), a_visitor()).json()["link_id"]

    assert link(stack, cf(citizen), a_visitor(), stranger).status_code == 403
    assert link(stack, cf(citizen), a_visitor(), stack.citizen(citizen)).status_code == 403
    assert unlink(stack, link_id, stranger) == 404
    assert unlink(stack, link_id, stack.citizen(a_fiscal_code(random.Random()))) == 404
    assert unlink(stack, link_id, stack.citizen(citizen)) == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"subjects": [], "proof": {"kind": "agency", "reference": "1"}},
        {"subjects": [cf("RSSMRA85T10A562S")] * 2, "proof": {"kind": "agency", "reference": "1"}},
        {
            "subjects": [cf("RSSMRA85T10A562X"), cf("x")],
            "proof": {"kind": "agency", "reference": "1"},
        },
        {
            "subjects": [cf("RSSMRA85T10A562S"), cf("x")],
            "proof": {"kind": "agency", "reference": ""},
        },
    ],
)
def test_a_bad_link_is_refused_without_an_echo(stack: Stack, body: Json) -> None:
    url = f"{stack.url('identity')}/v1/links"

    answer = stack.http.post(url, json=body, headers=stack.agency())

    assert answer.status_code == 422
    assert "RSSMRA85T10A562" not in answer.text


def test_what_was_not_known_yet_is_not_shown(stack: Stack, citizen: str) -> None:
    first = post(stack, cf(citizen))
    reader = stack.citizen(citizen)
    eventually(lambda: ids(stack, reader) == {first})
    known_at = stack.timeline(reader)["items"][0]["received_at"]
    second = post(stack, cf(citizen))
    eventually(lambda: ids(stack, reader) == {first, second})

    page = stack.timeline(reader, known_at=known_at)

    assert [item["id"] for item in page["items"]] == [first]


def test_a_stream_tells_of_each_new_touchpoint(stack: Stack, citizen: str) -> None:
    heard: list[Json] = []
    is_open = threading.Event()

    def listen() -> None:
        url = f"{stack.url('journey')}/v1/timelines/me/stream"
        with stack.http.stream("GET", url, headers=stack.citizen(citizen)) as answer:
            for line in answer.iter_lines():
                is_open.set()
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: ")))
                if len(heard) == 2:
                    return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert is_open.wait(20)
    sent: list[Any] = [post(stack, cf(citizen)) for _ in range(2)]
    post(stack, cf(a_fiscal_code(random.Random())))
    listener.join(20)

    assert [item["id"] for item in heard] == sent
