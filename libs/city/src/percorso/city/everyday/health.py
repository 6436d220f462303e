"""Health: visits booked, kept and missed, and what comes of them."""

from collections.abc import Iterator

from percorso.city.agencies import CUP, CUP_TELEFONO, FASCICOLO, STRANIERI, System
from percorso.city.calendar import DAY, HOUR, MINUTE
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import APP, CALL_CENTRE, CASH_MACHINE, COUNTER, VISITE, WEB
from percorso.city.story import Story

_BOOKED: Weighted[tuple[System, str]] = Weighted(
    ((CUP_TELEFONO, CALL_CENTRE), 45), ((CUP, WEB), 30), ((CUP, APP), 15), ((CUP, COUNTER), 10)
)
_OFFICES = ("Cardiologia", "Radiologia", "Oculistica", "Prelievi", "Fisiatria")


def visit(story: Story) -> Iterator[Fact]:
    """Book a visit, pay at the machine, come, and read the report."""
    office = story.chance.one_of(_OFFICES)
    meets_ms = story.appointment(2 * DAY, 30 * DAY)
    at = story.text(meets_ms)
    booked = Contact(*story.chance.among(_BOOKED), VISITE)
    yield story.fact(booked, "appointment.booked", at=at, office=office)
    story.at_ms = meets_ms
    desk = Contact(CUP, COUNTER, VISITE)
    if story.chance.happens(0.1):
        yield story.fact(desk, "appointment.missed", at=at, office=office)
        return
    machine, notice = Contact(CUP, CASH_MACHINE, VISITE), story.register("TICKET")
    yield story.fact(machine, "payment.made", notice=notice, amount_cents=3_615)
    story.wait(5 * MINUTE, 50 * MINUTE)
    yield story.fact(desk, "appointment.kept", at=at, office=office)
    story.wait(2 * HOUR, 5 * DAY)
    record = Contact(FASCICOLO, WEB, VISITE)
    yield story.fact(record, "document.issued", document="referto")


def enrol_from_abroad(story: Story) -> Iterator[Fact]:
    """Be enrolled with a provisional code, before there is a fiscal code."""
    story.wait_for_office()
    desk = Contact(STRANIERI, COUNTER, VISITE)
    yield story.fact(desk, "desk.visited", office="Ufficio stranieri", waited_s=1260.0)
    story.wait(3 * MINUTE, 20 * MINUTE)
    yield story.fact(desk, "document.issued", document="tessera-stp")
