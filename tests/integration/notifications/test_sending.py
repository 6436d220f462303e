"""What is sent, to whom, when, and what is stored and said of it."""

from asyncio import gather
from base64 import b64encode

import pytest

from percorso.chassis.testing import recorded_spans
from percorso.notifications.delivery.budget import Budget
from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.verification import codes
from tests.integration.notifications.office import ADA, KEY, Office, message
from tests.support.events import a_subject

BOB = a_subject(2)
DUTY = "service-notices"


async def test_a_suggestion_is_in_the_mailbox_once_with_all_it_needs(desk: Office) -> None:
    await desk.suggest(1)

    assert await desk.send() == [Outcome.TAKEN]
    assert await desk.send() == []

    [mail] = desk.mail.mails
    text = mail.get_content()
    assert desk.mail.recipients == ["ada@mail.example"]
    assert desk.mail.contents[0].isascii()  # whoever takes it, every relay behind may be older
    assert mail["Message-ID"] == f"<{message(1)}@percorso.example>"
    assert mail["Subject"] == "Percorso: Assegno unico"
    assert codes.code(KEY, message(1)) in text
    assert "È stata registrata una nascita" in text
    assert await desk.states() == ["sent"]
    assert await desk.outcomes() == ["taken"]
    assert await desk.said() == [("sent", None)]


async def test_the_vault_is_asked_for_this_message_and_as_this_service(desk: Office) -> None:
    await desk.suggest(1)
    await desk.send()

    assert desk.identity.asked == [
        {
            "subject": str(ADA),
            "purpose": "proactive-suggestions",
            "channel": "email",
            "reference": str(message(1)),
        }
    ]
    assert desk.identity.headers[0]["authorization"] == "Bearer of-notifications"


async def test_a_message_of_the_inbox_needs_no_address_and_no_mail_server(desk: Office) -> None:
    desk.identity.addresses.clear()
    desk.mail.port = 1
    await desk.suggest(1, via="inbox")

    assert await desk.send("email") == []
    assert await desk.send("inbox") == [Outcome.IN_PLACE]
    assert await desk.states() == ["delivered"]
    assert await desk.said() == [("delivered", None)]


@pytest.mark.parametrize("via", ["email", "inbox"])
async def test_without_consent_nothing_leaves(desk: Office, via: str) -> None:
    desk.identity.refusing.add((ADA, via))
    await desk.suggest(1, via=via)

    assert await desk.send(via) == [Outcome.NO_CONSENT]
    assert desk.mail.mails == []
    assert await desk.states() == ["failed"]
    assert await desk.said() == [("failed", "no-consent")]


async def test_a_duty_needs_no_consent(desk: Office) -> None:
    desk.identity.refusing.add((ADA, "email"))
    await desk.suggest(1, purpose=DUTY)

    assert await desk.send() == [Outcome.TAKEN]


async def test_consent_counts_at_each_attempt(desk: Office) -> None:
    desk.mail.answer("RCPT", "451 later")
    await desk.suggest(1)
    assert await desk.send() == [Outcome.DEFERRED]

    desk.mail.faults.clear()
    desk.identity.refusing.add((ADA, "email"))
    desk.clock.advance(120)

    assert await desk.send() == [Outcome.NO_CONSENT]
    assert desk.mail.mails == []
    assert len(desk.identity.asked) == 2


async def test_without_an_address_it_fails(desk: Office) -> None:
    await desk.suggest(1, subject=BOB)

    assert await desk.send() == [Outcome.NO_ADDRESS]
    assert await desk.said() == [("failed", "no-address")]


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
async def test_while_identity_gives_no_answer_nothing_leaves_and_nothing_is_lost(
    desk: Office, status: int
) -> None:
    desk.identity.status = status
    await desk.suggest(1)

    for _ in range(desk.most_failures + 2):
        assert await desk.send() == [Outcome.UNASKED]
        assert await desk.states() == ["waiting"]
        desk.clock.advance(10)
    desk.identity.status = None

    assert await desk.send() == [Outcome.TAKEN]
    assert len(desk.mail.mails) == 1


async def test_a_purpose_that_identity_does_not_know_is_tried_again_until_the_end(
    desk: Office,
) -> None:
    desk.identity.status = 422
    await desk.suggest(1)

    for _ in range(desk.most_failures):
        assert await desk.send() == [Outcome.DEFERRED]
        desk.clock.advance(7_200)
    assert await desk.said() == [("failed", "gave-up")]


async def test_what_identity_answers_must_be_an_address(desk: Office) -> None:
    desk.identity.addresses[ADA] = 7  # type: ignore[assignment]
    await desk.suggest(1)

    assert await desk.send() == [Outcome.UNASKED]


async def test_an_address_that_would_add_a_header_is_refused(desk: Office) -> None:
    desk.identity.addresses[ADA] = "ada@mail.example\r\nBcc: eve@mail.example"
    await desk.suggest(1)

    assert await desk.send() == [Outcome.REFUSED]
    assert desk.mail.conversations == 0
    assert await desk.said() == [("failed", "refused")]


async def test_a_message_is_written_in_the_language_that_the_citizen_prefers(desk: Office) -> None:
    await desk.prefer("21:00-08:00", language="en")
    await desk.suggest(1)
    await desk.send()

    assert desk.mail.mails[0]["Subject"] == "Percorso: Universal allowance"
    assert desk.mail.mails[0]["Content-Language"] == "en"


async def test_it_is_not_sent_before_its_time(desk: Office) -> None:
    await desk.suggest(1, send_from="2026-05-04T11:00:00Z")

    assert await desk.send() == []
    desk.clock.advance(3_600)
    assert await desk.send() == [Outcome.TAKEN]


async def test_by_night_it_waits_for_the_morning(desk: Office) -> None:
    desk.clock.advance(12 * 3_600)  # midnight in Rome
    await desk.suggest(1)

    assert await desk.send() == []
    assert await desk.states() == ["waiting"]
    desk.clock.advance(8 * 3_600 - 1)
    assert await desk.send() == []
    desk.clock.advance(1)
    assert await desk.send() == [Outcome.TAKEN]


async def test_whoever_has_no_quiet_hours_hears_at_once(desk: Office) -> None:
    await desk.prefer(None)
    desk.clock.advance(12 * 3_600)
    await desk.suggest(1)

    assert await desk.send() == [Outcome.TAKEN]


async def test_an_inbox_rings_at_no_time(desk: Office) -> None:
    desk.clock.advance(12 * 3_600)
    await desk.suggest(1, via="inbox")

    assert await desk.send("inbox") == [Outcome.IN_PLACE]


async def test_preferences_hold_for_all_subjects_of_a_citizen_and_the_last_ones_count(
    desk: Office,
) -> None:
    await desk.link(ADA, BOB)
    await desk.prefer("09:00-18:00")
    desk.clock.advance(1)
    await desk.prefer(None, subject=BOB)
    await desk.suggest(1)

    assert await desk.send() == [Outcome.TAKEN]


async def test_what_expires_before_it_could_go_is_said_so(desk: Office) -> None:
    desk.identity.status = 503
    await desk.suggest(1, expires_at="2026-05-04T10:00:07Z")
    await desk.send()
    desk.clock.advance(7)

    assert await desk.send() == []
    assert await desk.states() == ["expired"]
    assert await desk.said() == [("failed", "expired")]
    assert desk.mail.mails == []


async def test_the_budget_of_a_citizen_holds_over_all_subjects_and_both_channels(
    desk: Office,
) -> None:
    await desk.link(ADA, BOB)
    desk.identity.addresses[BOB] = "bob@mail.example"
    await desk.suggest(1)
    await desk.suggest(2, subject=BOB, via="inbox")
    await desk.suggest(3, subject=BOB)
    await desk.suggest(4, purpose=DUTY)

    assert await desk.send("inbox") == [Outcome.IN_PLACE]
    assert await desk.send() == [Outcome.TAKEN] * 2  # one of the two suggestions, and the duty
    assert sorted(await desk.states()) == ["delivered", "sent", "sent", "waiting"]
    desk.clock.advance(24 * 3_600 - 1)
    assert await desk.send() == []
    desk.clock.advance(1)
    assert await desk.send() == [Outcome.TAKEN]


async def test_of_another_citizen_nothing_is_counted(desk: Office) -> None:
    desk.identity.addresses[BOB] = "bob@mail.example"
    await desk.suggest(1, 2)
    await desk.suggest(3, 4, subject=BOB)

    assert await desk.send() == [Outcome.TAKEN] * 4


async def test_what_the_budget_would_let_go_too_late_fails(desk: Office) -> None:
    desk.budget = Budget(1, 4)
    await desk.suggest(1)
    await desk.send()
    await desk.suggest(2, expires_at="2026-05-05T09:59:00Z")

    assert await desk.send() == []
    assert await desk.said() == [("sent", None), ("failed", "over-budget")]


async def test_what_failed_is_not_counted(desk: Office) -> None:
    desk.budget = Budget(1, 4)
    desk.identity.refusing.add((ADA, "email"))
    await desk.suggest(1)
    await desk.send()
    desk.identity.refusing.clear()
    await desk.suggest(2)

    assert await desk.send() == [Outcome.TAKEN]


async def test_two_claims_at_once_do_not_exceed_the_budget(desk: Office) -> None:
    await desk.prefer(None)
    await desk.suggest(*range(1, 11))
    await desk.suggest(*range(11, 21), via="inbox")

    done = await gather(*(desk.send(via, 3) for via in ("email", "inbox") * 4))

    assert sum(map(len, done)) == 2


@pytest.mark.parametrize("verb", ["followed", "dismissed"])
async def test_what_the_citizen_needs_no_more_is_not_sent(desk: Office, verb: str) -> None:
    await desk.suggest(1, 2)
    await desk.dismiss(1, verb)

    assert await desk.send() == [Outcome.TAKEN]
    assert await desk.states() == ["cancelled", "sent"]
    assert await desk.said() == [("sent", None)]


async def test_what_was_seen_is_sent_all_the_same(desk: Office) -> None:
    await desk.suggest(1)
    await desk.dismiss(1, "shown")

    assert await desk.send() == [Outcome.TAKEN]


async def test_a_reaction_after_it_was_sent_changes_nothing(desk: Office) -> None:
    await desk.suggest(1)
    await desk.send()
    await desk.dismiss(1)
    await desk.send()

    assert await desk.states() == ["sent"]


async def test_the_way_of_a_message_is_one_trace(desk: Office) -> None:
    trace, parent = "1" * 32, "2" * 16
    await desk.suggest(1, traceparent=f"00-{trace}-{parent}-01")
    with recorded_spans() as spans:
        await desk.send()
        [span] = [each for each in spans.get_finished_spans() if each.name == "send mail"]

    assert span.parent is not None
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace
    asked = desk.identity.headers[0]["traceparent"]
    [said] = await desk.rows("SELECT convert_from(headers, 'utf8') AS headers FROM outbox")
    own = f"00-{trace}-{span.context.span_id:016x}-01"
    assert asked == own
    assert b64encode(own.encode()).decode() in said["headers"]
    assert dict(span.attributes or {}) == {"percorso.via": "email", "percorso.outcome": "taken"}


async def test_the_address_is_nowhere_in_the_database(desk: Office) -> None:
    await desk.suggest(1)
    await desk.suggest(2, subject=BOB)
    desk.identity.addresses[BOB] = "bob@mail.example"
    desk.mail.answer("RCPT", "550 no such user <bob@mail.example>")
    await desk.send()

    tables = await desk.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for table in tables:
        if table["relname"] != "alembic_version":
            rows = await desk.rows(f'SELECT t::text AS text FROM "{table["relname"]}" AS t')  # noqa: S608
            assert not any("mail.example" in row["text"] for row in rows)
