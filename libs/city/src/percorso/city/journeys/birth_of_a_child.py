"""Birth of a child: registered once, then a doctor, an allowance and perhaps a nursery."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import (
    ANAGRAFE,
    ISTANZE,
    PATRONATI,
    POSTA,
    PRESTAZIONI,
    PUNTO_NASCITA,
    SCELTA_MEDICO,
    STATO_CIVILE,
)
from percorso.city.calendar import DAY, HOUR, MINUTE, day_text
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import (
    ASILO_NIDO,
    ASSEGNO_UNICO,
    CAF,
    COUNTER,
    EMAIL,
    NASCITA,
    PEDIATRA,
    WEB,
    WEB_PREFILLED,
)
from percorso.city.story import Story

PLOTS = Weighted(("all-granted", 55), ("no-nursery", 25), ("asked-again", 20))

HOSPITAL = Contact(PUNTO_NASCITA, COUNTER, NASCITA)
REGISTRY = Contact(STATO_CIVILE, COUNTER, NASCITA)
MAILBOX = Contact(POSTA, EMAIL, NASCITA)
DOCTOR = Contact(SCELTA_MEDICO, WEB, PEDIATRA)
ALLOWANCE = Contact(PRESTAZIONI, WEB_PREFILLED, ASSEGNO_UNICO)
NURSERY = Contact(ISTANZE, WEB_PREFILLED, ASILO_NIDO)


def tell(story: Story) -> Iterator[Fact]:
    """Be born, be registered, get a doctor and an allowance, ask for a nursery."""
    yield from _born(story)
    yield from _registered(story)
    yield from _doctor(story)
    yield from _allowance(story)
    yield from _nursery(story)


def _born(story: Story) -> Iterator[Fact]:
    yield story.fact(HOSPITAL, "touchpoint.recorded", "born", name="parto")
    story.wait(1 * DAY, 3 * DAY)
    story.wait_for_office()
    yield story.fact(HOSPITAL, "document.issued", document="attestazione-di-nascita")


def _registered(story: Story) -> Iterator[Fact]:
    born_on = day_text(story.at_ms - 2 * DAY)
    story.wait(2 * HOUR, 2 * DAY)
    story.sleep()
    thread = story.register("MSG")
    yield story.fact(
        MAILBOX,
        "message.received",
        thread=thread,
        topic="nascita",
        text="Quali documenti servono per dichiarare la nascita?",
    )
    story.wait(1 * HOUR, 1 * DAY)
    story.wait_for_office()
    reply = "Bastano i documenti dei genitori e l'attestazione di nascita."
    yield story.fact(MAILBOX, "message.replied", thread=thread, text=reply)
    story.wait(2 * HOUR, 3 * DAY)
    story.wait_for_office()
    story.open_matter("NA")
    yield from scenes.visit_desk(story, REGISTRY, office="Stato civile")
    story.wait(4 * MINUTE, 15 * MINUTE)
    order = story.chance.whole(1, 3)
    yield story.fact(REGISTRY, "birth.registered", "registered", born_on=born_on, order=order)
    yield story.fact(REGISTRY, "document.issued", document="atto-di-nascita")
    story.wait(1 * HOUR, 2 * DAY)
    child = Contact(ANAGRAFE, COUNTER, NASCITA)
    yield story.fact(child, "document.issued", document="codice-fiscale")


def _doctor(story: Story) -> Iterator[Fact]:
    story.wait(6 * HOUR, 5 * DAY)
    story.sleep()
    yield story.fact(DOCTOR, "page.viewed", page="/pediatri/disponibili", stayed_s=95.5)
    story.wait(1 * MINUTE, 8 * MINUTE)
    yield story.fact(DOCTOR, "application.submitted", form="scelta-pediatra", fields=["medico"])
    story.wait(1 * HOUR, 2 * DAY)
    yield story.fact(DOCTOR, "application.decided", "doctor-chosen", decision="accepted")


def _allowance(story: Story) -> Iterator[Fact]:
    story.wait(1 * DAY, 10 * DAY)
    story.sleep()
    is_helped = story.chance.happens(0.35)
    asked = Contact(PATRONATI, CAF, ASSEGNO_UNICO) if is_helped else ALLOWANCE
    protocol = story.register("AUU")
    yield story.fact(
        asked, "application.submitted", "allowance-asked", form="assegno-unico", fields=["isee"]
    )
    yield story.fact(ALLOWANCE, "application.received", protocol=protocol)
    if story.plot == "asked-again":
        story.wait(3 * DAY, 9 * DAY)
        due = story.text(story.at_ms + 30 * DAY)
        yield story.fact(ALLOWANCE, "information.requested", "asked", fields=["isee"], due=due)
        story.wait(2 * DAY, 12 * DAY)
        yield story.fact(asked, "information.provided", "provided", fields=["isee"])
    story.wait(6 * DAY, 20 * DAY)
    story.wait_for_office()
    yield story.fact(ALLOWANCE, "application.decided", decision="accepted")
    until = day_text(story.at_ms + 365 * DAY)
    granted = {"benefit": "assegno-unico", "until": until}
    yield story.fact(ALLOWANCE, "benefit.granted", "allowance-granted", **granted)


def _nursery(story: Story) -> Iterator[Fact]:
    story.wait(1 * DAY, 8 * DAY)
    story.sleep()
    yield from scenes.look_up(story, ASILO_NIDO, query="asilo nido iscrizione")
    yield from scenes.log_in(story)
    yield from scenes.fill_in(story, NURSERY, form="asilo-nido", steps=("bambino", "famiglia"))
    yield story.fact(NURSERY, "application.submitted", "nursery-asked", form="asilo-nido")
    story.wait(6 * DAY, 18 * DAY)
    story.wait_for_office()
    story.outcome = "refused" if story.plot == "no-nursery" else "accepted"
    why = {"reason": "Posti esauriti"} if story.outcome == "refused" else {}
    decided = story.fact(
        NURSERY, "application.decided", "nursery-decided", decision=story.outcome, **why
    )
    yield decided
    if story.chance.happens(0.5):
        rating = story.chance.whole(1, 2) if why else story.chance.whole(3, 5)
        yield from scenes.say_how_it_was(story, decided, rating=rating)
