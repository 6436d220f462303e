"""At the desks: identity cards, books, marriages, deaths, work that ended."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import (
    ANAGRAFE,
    ANPR,
    BIBLIOTECA,
    PATRONATI,
    PREVIDENZA_EUROPA,
    STATO_CIVILE,
)
from percorso.city.calendar import DAY, HOUR, MINUTE, day_text
from percorso.city.facts import Contact, Fact
from percorso.city.services import (
    CAF,
    CARTA_IDENTITA,
    COUNTER,
    DECESSO,
    DISOCCUPAZIONE,
    MATRIMONIO,
    PRESTITO,
    WEB,
    WEB_PREFILLED,
)
from percorso.city.story import Story

CARD_CENTS = 2_221

DESK = Contact(ANAGRAFE, COUNTER, CARTA_IDENTITA)
ONLINE = Contact(ANAGRAFE, WEB, CARTA_IDENTITA)


def renew_card(story: Story) -> Iterator[Fact]:
    """Hear that the card expires, book, come or not, pay and get it."""
    expires_on = day_text(story.at_ms + 60 * DAY)
    yield story.fact(ONLINE, "document.expiring", document="carta-identita", expires_on=expires_on)
    story.wait(1 * DAY, 12 * DAY)
    story.sleep()
    meets_ms = story.appointment(1 * DAY, 15 * DAY)
    office, at = "Anagrafe", story.text(meets_ms)
    yield story.fact(ONLINE, "appointment.booked", at=at, office=office)
    story.at_ms = meets_ms
    if story.chance.happens(0.12):
        yield story.fact(DESK, "appointment.missed", at=at, office=office)
        return
    yield story.fact(DESK, "appointment.kept", at=at, office=office)
    yield from _served(story, office)


def _served(story: Story, office: str) -> Iterator[Fact]:
    story.wait(5 * MINUTE, 30 * MINUTE)
    visits = list(scenes.visit_desk(story, DESK, office=office))
    yield from visits
    notice = story.register("CIE")
    yield from scenes.pay(story, CARTA_IDENTITA, notice=notice, cents=CARD_CENTS)
    story.wait(3 * DAY, 7 * DAY)
    yield story.fact(DESK, "document.issued", document="carta-identita")
    if story.chance.happens(0.3):
        yield from scenes.say_how_it_was(story, visits[0], rating=story.chance.whole(2, 5))


def ask_at_desk(story: Story) -> Iterator[Fact]:
    """Come without an appointment."""
    yield from scenes.visit_desk(story, DESK, office="Anagrafe")


def print_certificate(story: Story) -> Iterator[Fact]:
    """Print a certificate at home, from the national register."""
    certificate = story.chance.one_of(("stato-di-famiglia", "nascita", "residenza"))
    online = Contact(ANPR, WEB_PREFILLED)
    yield story.fact(online, "document.issued", document=f"certificato-{certificate}")


def borrow_book(story: Story) -> Iterator[Fact]:
    """Borrow a book: the catalogue of types has no name for it."""
    story.wait_for_office()
    yield story.fact(
        Contact(BIBLIOTECA, COUNTER, PRESTITO),
        "touchpoint.recorded",
        name="prestito",
        details={"sezione": story.chance.one_of(("narrativa", "ragazzi", "storia"))},
    )


def marry(story: Story) -> Iterator[Fact]:
    """Have the marriage published, and marry."""
    desk = Contact(STATO_CIVILE, COUNTER, MATRIMONIO)
    story.open_matter("MA")
    yield from scenes.visit_desk(story, desk, office="Stato civile")
    story.wait(12 * DAY, 40 * DAY)
    story.wait_for_office()
    yield story.fact(desk, "marriage.registered", on=day_text(story.at_ms))


def lose_a_relative(story: Story) -> Iterator[Fact]:
    """Declare the death of somebody of the family, who lived elsewhere, and get the certificate."""
    desk = Contact(STATO_CIVILE, COUNTER, DECESSO)
    died_on = day_text(story.at_ms)
    story.open_matter("MO")
    yield from scenes.visit_desk(story, desk, office="Stato civile")
    story.wait(5 * MINUTE, 20 * MINUTE)
    yield story.fact(desk, "death.registered", on=died_on)
    yield story.fact(desk, "document.issued", document="certificato-di-morte")


def lose_work(story: Story) -> Iterator[Fact]:
    """Lose one's work and ask for support, with help or from abroad."""
    abroad = story.knows(PREVIDENZA_EUROPA.known_by)
    system, channel = (PREVIDENZA_EUROPA, WEB) if abroad else (PATRONATI, CAF)
    asked = Contact(system, channel, DISOCCUPAZIONE)
    yield story.fact(asked, "employment.ended", on=day_text(story.at_ms))
    story.wait(1 * DAY, 8 * DAY)
    story.wait_for_office()
    form, protocol = "indennita-disoccupazione", story.register("DIS")
    yield story.fact(asked, "application.submitted", form=form, fields=["unilav"])
    story.wait(1 * HOUR, 2 * DAY)
    yield story.fact(asked, "application.received", protocol=protocol)
    story.wait(8 * DAY, 25 * DAY)
    until = day_text(story.at_ms + 300 * DAY)
    yield story.fact(asked, "benefit.granted", benefit="naspi", until=until)
