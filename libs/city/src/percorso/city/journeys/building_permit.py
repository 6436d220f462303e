"""Building permit: a technician's file, meetings, fees and a decision after months."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import EDILIZIA, PROTOCOLLO
from percorso.city.calendar import DAY, HOUR, MINUTE
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import (
    COUNTER,
    INTERMEDIARY,
    PEC,
    PERMESSO_COSTRUIRE,
    VIDEO,
    WEB,
)
from percorso.city.story import Story

PLOTS = Weighted(("accepted", 55), ("partly-accepted", 20), ("refused", 15), ("withdrawn", 10))

OFFICE = Contact(EDILIZIA, COUNTER, PERMESSO_COSTRUIRE)
ONLINE = Contact(EDILIZIA, WEB, PERMESSO_COSTRUIRE)
TECHNICIAN = Contact(EDILIZIA, INTERMEDIARY, PERMESSO_COSTRUIRE)
CERTIFIED = Contact(EDILIZIA, PEC, PERMESSO_COSTRUIRE)
MEETING = Contact(EDILIZIA, VIDEO, PERMESSO_COSTRUIRE)
_REASONS = {
    "partly-accepted": "Altezza ridotta in zona vincolata",
    "refused": "In contrasto con il piano regolatore",
}


def tell(story: Story) -> Iterator[Fact]:
    """Ask, supplement, discuss, and be decided upon."""
    yield from _ask(story)
    for _ in range(story.chance.whole(0, 2)):
        yield from _supplement(story)
    yield from _discuss(story)
    story.outcome = story.plot
    yield from _decide(story)
    if story.outcome in {"accepted", "partly-accepted"}:
        yield from _pay_and_collect(story)


def _ask(story: Story) -> Iterator[Fact]:
    yield from scenes.look_up(story, PERMESSO_COSTRUIRE, query="permesso di costruire sopralzo")
    story.wait(2 * DAY, 12 * DAY)
    story.wait_for_office()
    matter = story.open_matter("PE")
    form = "permesso-costruire"
    asked = ["relazione-tecnica", "tavole", "titolo-di-proprieta"]
    yield story.fact(TECHNICIAN, "application.submitted", "submitted", form=form, fields=asked)
    arrived = Contact(PROTOCOLLO, PEC, PERMESSO_COSTRUIRE)
    yield story.fact(arrived, "post.received", protocol=story.register("PG/PEC"))
    story.wait(1 * HOUR, 2 * DAY)
    story.wait_for_office()
    yield story.fact(ONLINE, "application.received", "received", protocol=matter)
    story.wait(1 * DAY, 10 * DAY)
    story.wait_for_office()
    office = "Sportello unico edilizia"
    yield story.fact(OFFICE, "application.taken-charge", "taken-charge", office=office)


def _supplement(story: Story) -> Iterator[Fact]:
    story.wait(3 * DAY, 12 * DAY)
    story.wait_for_office()
    asked = [story.chance.one_of(("calcolo-oneri", "parere-vigili-del-fuoco", "sezione-quotata"))]
    due = story.text(story.at_ms + 30 * DAY)
    yield story.fact(CERTIFIED, "information.requested", "asked", fields=asked, due=due)
    story.wait(2 * DAY, 14 * DAY)
    story.wait_for_office()
    yield story.fact(TECHNICIAN, "information.provided", "provided", fields=asked)


def _discuss(story: Story) -> Iterator[Fact]:
    story.wait(1 * DAY, 6 * DAY)
    story.sleep()
    meets_ms = story.appointment(2 * DAY, 6 * DAY)
    office, at = "Sportello unico edilizia", story.text(meets_ms)
    yield story.fact(ONLINE, "appointment.booked", at=at, office=office)
    story.at_ms = meets_ms
    is_kept = story.chance.happens(0.85)
    met = "appointment.kept" if is_kept else "appointment.missed"
    yield story.fact(MEETING if is_kept else OFFICE, met, "met", at=at, office=office)
    if not is_kept:
        yield from scenes.ask_for_news(story, PERMESSO_COSTRUIRE)


def _decide(story: Story) -> Iterator[Fact]:
    story.wait(5 * DAY, 30 * DAY)
    story.wait_for_office()
    why = {"reason": _REASONS[story.plot]} if story.plot in _REASONS else {}
    decided = story.fact(
        CERTIFIED, "application.decided", "decided", decision=story.plot, outcome=story.plot, **why
    )
    yield decided
    if story.chance.happens(0.3):
        rating = 1 if story.plot == "refused" else story.chance.whole(2, 4)
        yield from scenes.say_how_it_was(story, decided, rating=rating)


def _pay_and_collect(story: Story) -> Iterator[Fact]:
    story.wait(10 * MINUTE, 2 * DAY)
    notice, cents = story.register("ONERI"), story.chance.whole(80_000, 900_000)
    due = story.text(story.at_ms + 30 * DAY)
    requested = {"notice": notice, "amount_cents": cents, "due": due}
    yield story.fact(CERTIFIED, "payment.requested", "billed", **requested)
    story.wait(1 * DAY, 15 * DAY)
    yield from scenes.pay(story, PERMESSO_COSTRUIRE, notice=notice, cents=cents, stage="paid")
    story.wait(1 * HOUR, 5 * DAY)
    story.wait_for_office()
    yield story.fact(OFFICE, "document.issued", "issued", document="permesso-costruire")
