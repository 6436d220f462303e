"""Moving house: one declaration, and every agency that has to hear of it."""

from collections.abc import Iterator

from percorso.city import names, scenes
from percorso.city.agencies import (
    ANAGRAFE,
    BIGLIETTERIA,
    ISTANZE,
    POSTA,
    PROTOCOLLO,
    RACCOLTA,
    SCELTA_MEDICO,
    TRIBUTI,
)
from percorso.city.calendar import DAY, HOUR, MINUTE, SECOND, day_text
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import (
    ABBONAMENTO,
    APP,
    COUNTER,
    EMAIL,
    FAX,
    HOME,
    PEC,
    POST,
    RESIDENZA,
    RIFIUTI,
    TARI,
    TOTEM,
    WEB,
    WEB_PREFILLED,
)
from percorso.city.story import Story

PLOTS = Weighted(("smooth", 55), ("asked-again", 25), ("on-paper", 12), ("refused", 8))

ONLINE = Contact(ISTANZE, WEB_PREFILLED, RESIDENZA)
OFFICE = Contact(ANAGRAFE, COUNTER, RESIDENZA)
MAILBOX = Contact(POSTA, EMAIL, RESIDENZA)
CHECKED = Contact(ANAGRAFE, HOME, RESIDENZA)
_BY_PAPER = Weighted((POST, 5), (FAX, 2), (PEC, 3))


def tell(story: Story) -> Iterator[Fact]:
    """Declare, be checked and decided upon; then the other agencies follow."""
    declare = _declare_on_paper if story.plot == "on-paper" else _declare_online
    yield from declare(story)
    story.wait(4 * HOUR, 2 * DAY)
    story.wait_for_office()
    yield story.fact(OFFICE, "application.taken-charge", "taken-charge", office="Anagrafe")
    if story.plot == "asked-again":
        yield from _asked_again(story)
    yield from _check_and_decide(story)
    if story.outcome == "accepted":
        yield from _settle_in(story)


def _declare_online(story: Story) -> Iterator[Fact]:
    yield from scenes.look_up(story, RESIDENZA, query="cambio residenza")
    yield from scenes.log_in(story)
    steps = ("dichiarante", "nuova-abitazione", "famiglia")
    yield from scenes.fill_in(story, ONLINE, form="cambio-residenza", steps=steps)
    story.open_matter("AN")
    yield story.fact(
        ONLINE,
        "application.submitted",
        "submitted",
        form="cambio-residenza",
        fields=["indirizzo", "titolo-abitazione", "componenti"],
    )
    # The register enters it in the same instant: only the sequence tells which came first.
    yield story.fact(
        ONLINE, "application.received", "received", protocol=story.register("PG/ONLINE")
    )


def _declare_on_paper(story: Story) -> Iterator[Fact]:
    story.wait_for_office()
    story.open_matter("AN")
    paper = Contact(PROTOCOLLO, story.chance.among(_BY_PAPER), RESIDENZA)
    protocol = story.register("PG")
    yield story.fact(paper, "post.received", "submitted", protocol=protocol)
    story.wait(20 * MINUTE, 2 * DAY)
    story.wait_for_office()
    yield story.fact(OFFICE, "application.received", "received", protocol=protocol)


def _asked_again(story: Story) -> Iterator[Fact]:
    story.wait(1 * DAY, 6 * DAY)
    story.wait_for_office()
    due = story.text(story.at_ms + 10 * DAY)
    asked = ["contratto-di-locazione", "firma-proprietario"]
    yield story.fact(MAILBOX, "information.requested", "asked", fields=asked, due=due)
    if story.chance.happens(0.5):
        story.wait(1 * DAY, 3 * DAY)
        yield from scenes.ask_for_news(story, RESIDENZA)
    story.wait(1 * DAY, 7 * DAY)
    story.sleep()
    yield story.fact(ONLINE, "information.provided", "provided", fields=asked)


def _check_and_decide(story: Story) -> Iterator[Fact]:
    story.wait(3 * DAY, 20 * DAY)
    story.wait_for_office()
    is_found = story.plot != "refused"
    visit = "appointment.kept" if is_found else "appointment.missed"
    at = story.text(story.at_ms)
    yield story.fact(CHECKED, visit, "checked", at=at, office="Polizia locale")
    story.wait(1 * DAY, 10 * DAY)
    story.wait_for_office()
    story.outcome = "accepted" if is_found else "refused"
    why = {} if is_found else {"reason": "Dimora abituale non accertata"}
    decision = story.outcome
    yield story.fact(OFFICE, "application.decided", "decided", decision=decision, **why)
    if is_found:
        yield _entered(story)


def _entered(story: Story) -> Fact:
    here = story.person.area
    there = story.chance.one_of([area for area in names.AREAS if area != here])
    moved_on = day_text(story.at_ms - 20 * DAY)
    moved = {"to_area": there, "from_area": here, "moved_on": moved_on}
    return story.fact(OFFICE, "residence.changed", "moved", place={"area": there}, **moved)


def _settle_in(story: Story) -> Iterator[Fact]:
    yield from _change_doctor(story)
    yield from _declare_for_taxes(story)
    if story.knows(RACCOLTA.known_by):
        yield from _move_bins(story)
    if story.knows(BIGLIETTERIA.known_by):
        yield from _change_pass(story)
    story.wait(30 * SECOND, 5 * DAY)
    yield from _collect_certificate(story)


def _change_doctor(story: Story) -> Iterator[Fact]:
    story.wait(1 * DAY, 5 * DAY)
    story.sleep()
    online = Contact(SCELTA_MEDICO, WEB)
    yield story.fact(online, "application.submitted", form="cambio-medico-di-base")


def _declare_for_taxes(story: Story) -> Iterator[Fact]:
    story.wait(1 * HOUR, 3 * DAY)
    story.wait_for_office()
    declared = Contact(TRIBUTI, WEB, TARI)
    yield story.fact(declared, "application.received", "taxed", protocol=story.register("TARI"))


def _move_bins(story: Story) -> Iterator[Fact]:
    story.wait(1 * HOUR, 2 * DAY)
    thread, app = story.register("UT"), Contact(RACCOLTA, APP, RIFIUTI)
    yield story.fact(app, "message.received", thread=thread, topic="trasloco")
    story.wait(2 * HOUR, 3 * DAY)
    text = "La sua utenza è stata trasferita al nuovo indirizzo."
    mail = Contact(RACCOLTA, EMAIL, RIFIUTI)
    yield story.fact(mail, "message.replied", thread=thread, text=text)


def _change_pass(story: Story) -> Iterator[Fact]:
    story.wait(1 * HOUR, 4 * DAY)
    totem = Contact(BIGLIETTERIA, TOTEM, ABBONAMENTO)
    yield story.fact(totem, "document.issued", document="abbonamento-nuova-tratta")


def _collect_certificate(story: Story) -> Iterator[Fact]:
    visits = list(scenes.visit_desk(story, OFFICE, office="Anagrafe"))
    yield from visits
    story.wait(2 * MINUTE, 12 * MINUTE)
    certificate = "certificato-di-residenza"
    yield story.fact(OFFICE, "document.issued", "closed", document=certificate)
    if story.chance.happens(0.4):
        yield from scenes.say_how_it_was(story, visits[0], rating=story.chance.whole(2, 5))
