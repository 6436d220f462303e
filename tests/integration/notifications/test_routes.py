"""What citizens, and whoever holds a message, see over HTTP; nobody sees another's."""

from typing import Any
from uuid import UUID

import pytest

from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.verification import api as verification_api
from percorso.notifications.verification import codes
from tests.integration.notifications.front import MINE, Front
from tests.integration.notifications.office import ADA, KEY, Office, message, name
from tests.support.events import a_subject

BOB = a_subject(2)
PREFERENCES = "/v1/preferences/me"


async def test_what_was_sent_by_either_channel_lies_in_the_inbox_newest_first(
    desk: Office, front: Front
) -> None:
    await desk.suggest(1)
    await desk.send()
    desk.clock.advance(60)
    await desk.suggest(2, via="inbox")
    await desk.send("inbox")

    newest, oldest = await front.messages()

    assert newest == {
        "id": str(message(2)),
        "suggestion": name(2),
        "via": "inbox",
        "state": "delivered",
        "reason": None,
        "at": "2026-05-04T10:01:00Z",
        "read_at": None,
        "purpose": "proactive-suggestions",
        "service": "assegno-unico",
        "title": "Assegno unico",
        "reasons": ["È stata registrata una nascita"],
        "link": "https://www.inps.it",
        "expires_at": "2026-06-03T10:00:00Z",
    }
    assert (oldest["id"], oldest["state"], oldest["via"]) == (str(message(1)), "sent", "email")


async def test_a_citizen_sees_the_messages_of_all_their_subjects_and_nobody_elses(
    desk: Office, front: Front
) -> None:
    other = a_subject(3)
    desk.identity.addresses |= {BOB: "bob@mail.example", other: "eve@mail.example"}
    await desk.link(ADA, other)
    for number, subject in ((1, ADA), (2, BOB), (3, other)):
        await desk.suggest(number, subject=subject)
    await desk.send()

    for subject, expected in ((ADA, {1, 3}), (other, {1, 3}), (BOB, {2})):
        ids = {each["id"] for each in await front.messages(subject)}
        assert ids == {str(message(number)) for number in expected}


async def test_pages_are_whole_and_in_order(desk: Office, front: Front) -> None:
    desk.budget = desk.budget._replace(per_day=100, per_week=100)
    for number in range(1, 10):
        await desk.suggest(number)
        await desk.send()
        if number % 3 == 0:  # some lie at the same instant
            desk.clock.advance(1)

    whole = [each["id"] for each in await front.messages()]

    assert len(set(whole)) == 9
    assert [each["id"] for each in await front.messages(limit=2)] == whole
    assert whole[-1] in {str(message(number)) for number in (1, 2, 3)}


async def test_a_cursor_of_another_citizen_is_refused(desk: Office, front: Front) -> None:
    await desk.suggest(1, 2)
    await desk.send()
    answer = await front.http.get(MINE, params={"limit": 1}, headers=front.as_(ADA))
    cursor = answer.json()["next_cursor"]

    refused = await front.http.get(MINE, params={"cursor": cursor}, headers=front.as_(BOB))

    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:percorso:problem:invalid-message-cursor"


async def test_what_is_not_sent_or_was_refused_is_not_shown(desk: Office, front: Front) -> None:
    desk.budget = desk.budget._replace(per_day=100, per_week=100)
    desk.identity.refusing.add((ADA, "inbox"))
    await desk.suggest(1, via="inbox")
    await desk.send("inbox")
    await desk.suggest(2, send_from="2026-05-05T10:00:00Z")
    await desk.suggest(3, expires_at="2026-05-04T10:00:00Z")
    desk.mail.answer("RCPT", "550 never")
    await desk.suggest(4)
    await desk.send()
    assert await desk.states() == ["failed", "waiting", "expired", "failed"]

    assert await front.messages() == []
    assert [await front.read(number) for number in (1, 2, 3, 4, 5)] == [404] * 5
    assert "read" not in await desk.states()


async def test_a_duty_that_could_not_be_sent_is_there_to_be_read(
    desk: Office, front: Front
) -> None:
    desk.identity.addresses.clear()
    await desk.suggest(1, purpose="service-notices")
    assert await desk.send() == [Outcome.NO_ADDRESS]

    [shown] = await front.messages()
    assert (shown["state"], shown["reason"]) == ("failed", "no-address")
    assert await front.read(1) == 204
    [shown] = await front.messages()
    assert (shown["state"], shown["reason"]) == ("read", None)


async def test_what_nobody_knows_is_shown_so(desk: Office, front: Front) -> None:
    desk.mail.hang_up("STORED")
    await desk.suggest(1)
    await desk.send()

    assert [each["state"] for each in await front.messages()] == ["unknown"]


async def test_a_message_is_read_once_however_often_that_is_said(
    desk: Office, front: Front
) -> None:
    await desk.suggest(1)
    await desk.send()
    desk.clock.advance(60)

    assert [await front.read(1), await front.read(1)] == [204, 204]

    [shown] = await front.messages()
    assert (shown["state"], shown["read_at"]) == ("read", "2026-05-04T10:01:00Z")
    assert await desk.said() == [("sent", None), ("read", None)]


async def test_another_citizen_cannot_read_it_nor_learn_that_it_is_there(
    desk: Office, front: Front
) -> None:
    await desk.suggest(1)
    await desk.send()

    assert await front.read(1, BOB) == await front.read(99, BOB) == 404
    await front.read(1)
    assert await front.read(1, BOB) == 404
    assert await desk.said() == [("sent", None), ("read", None)]


@pytest.mark.parametrize("path", [MINE, PREFERENCES, f"/v1/messages/{UUID(int=1)}/read"])
async def test_agencies_operators_and_services_have_no_business_there(
    front: Front, path: str
) -> None:
    issuer = front.issuer
    method = "POST" if path.endswith("/read") else "GET"
    callers = [
        issuer.agency("notifications"),
        issuer.operator("notifications"),
        issuer.service("notifications", "insights"),
    ]

    for caller in callers:
        answer = await front.http.request(method, path, headers={"Authorization": caller})
        assert answer.status_code == 403


async def test_preferences_are_the_defaults_until_they_are_said(front: Front) -> None:
    answer = await front.http.get(PREFERENCES, headers=front.as_(ADA))

    assert answer.json() == {"quiet_hours": "21:00-08:00", "language": "it"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "wanted",
    [
        {"quiet_hours": None, "language": "en"},
        {"quiet_hours": "22:30-06:15", "language": "it"},
    ],
)
async def test_preferences_that_were_said_hold_for_their_citizen_alone(
    desk: Office, front: Front, wanted: dict[str, Any]
) -> None:
    other = a_subject(3)
    await desk.link(ADA, other)

    put = await front.http.put(PREFERENCES, json=wanted, headers=front.as_(ADA))

    assert (put.status_code, put.json()) == (200, wanted)
    for subject in (ADA, other):
        got = await front.http.get(PREFERENCES, headers=front.as_(subject))
        assert got.json() == wanted
    got = await front.http.get(PREFERENCES, headers=front.as_(BOB))
    assert got.json() == {"quiet_hours": "21:00-08:00", "language": "it"}


@pytest.mark.parametrize(
    "body",
    [
        {"quiet_hours": "21:00"},
        {"quiet_hours": "08:00-08:00"},
        {"quiet_hours": 7},
        {"language": "de"},
        {"colour": "red"},
    ],
)
async def test_preferences_that_make_no_sense_are_refused_without_repeating_them(
    front: Front, body: dict[str, Any]
) -> None:
    answer = await front.http.put(PREFERENCES, json=body, headers=front.as_(ADA))

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:percorso:problem:invalid-request"
    assert not any(str(value) in answer.text for value in body.values() if value != 7)


async def test_the_language_of_the_inbox_is_the_one_that_was_said(
    desk: Office, front: Front
) -> None:
    await desk.suggest(1)
    await desk.send()
    await front.http.put(PREFERENCES, json={"language": "en"}, headers=front.as_(ADA))

    assert [each["title"] for each in await front.messages()] == ["Universal allowance"]


async def test_the_code_of_a_message_that_was_sent_is_genuine_however_it_is_typed(
    desk: Office, front: Front
) -> None:
    await desk.suggest(1)
    await desk.send()
    code = codes.code(KEY, message(1))
    assert code in desk.mail.mails[0].get_content()

    said = await front.verify(code.lower().replace("-", " "))

    assert said == {
        "genuine": True,
        "sent_at": "2026-05-04T10:00:00Z",
        "purpose": "proactive-suggestions",
        "service": "assegno-unico",
        "via": "email",
        "agency": "percorso",
    }
    assert str(ADA) not in str(said)


async def test_a_code_that_was_never_sent_is_not_genuine(desk: Office, front: Front) -> None:
    await desk.suggest(1, send_from="2026-05-05T10:00:00Z")
    desk.identity.refusing.add((ADA, "email"))
    await desk.suggest(2)
    await desk.send()
    false = {
        "genuine": False,
        **dict.fromkeys(("sent_at", "purpose", "service", "via", "agency")),
    }

    for number in (1, 2, 3):
        assert await front.verify(codes.code(KEY, message(number))) == false
    assert await front.verify("no code at all") == false


async def test_the_code_of_a_duty_that_may_have_left_is_genuine_while_it_waits_to_be_sent_again(
    desk: Office, front: Front
) -> None:
    desk.mail.hang_up("STORED")
    await desk.suggest(1, purpose="service-notices")
    await desk.send()
    assert await desk.states() == ["waiting"]

    assert (await front.verify(codes.code(KEY, message(1))))["genuine"] is True


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "A" * 65}, {"code": 7}, []])
async def test_what_is_no_question_is_refused(front: Front, body: object) -> None:
    assert (await front.http.post("/v1/verifications", json=body)).status_code == 422


async def test_questions_beyond_the_pace_are_put_off(desk: Office, front: Front) -> None:
    asked = [
        (await front.http.post("/v1/verifications", json={"code": "x"})).status_code
        for _ in range(verification_api.AT_ONCE + 1)
    ]

    assert asked == [200] * verification_api.AT_ONCE + [429]
    desk.clock.advance(1)
    assert await front.verify("x")
