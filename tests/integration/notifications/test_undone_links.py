"""After a link is undone nobody reads what the reasons of a message tell of the other person."""

from typing import Any

from percorso.notifications.delivery.outcomes import Outcome
from tests.integration.notifications.front import Front
from tests.integration.notifications.office import ADA, Office, message, name
from tests.support.events import a_subject

BOB = a_subject(2)
BOTH: dict[str, Any] = {"told_of": [str(ADA), str(BOB)]}
DUTY = "service-notices"
NIGHT_S = 9 * 3_600.0  # from midday to 21:00, when quiet hours begin, and from there to 08:00


async def shown(front: Front) -> list[str]:
    """Return the suggestions that Ada's messages are about."""
    return [each["suggestion"] for each in await front.messages()]


async def test_a_message_that_tells_of_the_other_is_shown_only_while_they_are_linked(
    desk: Office, front: Front
) -> None:
    link = await desk.link(ADA, BOB)
    await desk.suggest(1, **BOTH)
    await desk.suggest(2, told_of=[str(ADA)])
    assert await desk.send() == [Outcome.TAKEN] * 2
    linked = sorted(await shown(front))

    await desk.undo(link)

    assert linked == [name(1), name(2)]
    assert await shown(front) == [name(2)]
    assert [await front.read(number) for number in (1, 2)] == [404, 204]
    await desk.link(ADA, BOB)
    assert sorted(await shown(front)) == linked


async def test_a_mail_that_waits_overnight_does_not_go_when_the_link_was_undone_meanwhile(
    desk: Office,
) -> None:
    desk.clock.advance(NIGHT_S)
    link = await desk.link(ADA, BOB)
    await desk.suggest(1, **BOTH)
    await desk.suggest(2, told_of=[str(ADA)])
    assert await desk.send() == []

    await desk.undo(link)
    desk.clock.advance(NIGHT_S + 3 * 3_600)

    assert await desk.send() == [Outcome.TAKEN]
    assert desk.mail.message_ids() == [f"<{message(2)}@percorso.example>"]
    assert await desk.states() == ["waiting", "sent"]
    desk.clock.advance(40 * 86_400)
    assert await desk.send() == []
    assert await desk.states() == ["expired", "sent"]


async def test_a_suggestion_that_comes_before_the_link_it_rests_on_waits_for_that(
    desk: Office,
) -> None:
    await desk.suggest(1, **BOTH)
    assert await desk.send() == []

    await desk.link(ADA, BOB)
    desk.clock.advance(60)

    assert await desk.send() == [Outcome.TAKEN]


async def test_a_duty_goes_without_reasons_that_tell_of_the_other(
    desk: Office, front: Front
) -> None:
    link = await desk.link(ADA, BOB)
    await desk.suggest(1, purpose=DUTY, **BOTH)
    await desk.undo(link)

    assert await desk.send() == [Outcome.TAKEN]

    [mail] = desk.mail.mails
    assert mail["Subject"] == "Percorso: Assegno unico"
    assert "nascita" not in mail.get_content()
    [item] = await front.messages()
    assert (item["title"], item["reasons"]) == ("Assegno unico", [])
    assert await front.read(1) == 204
