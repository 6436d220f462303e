"""Parking fine: paid early with a discount, paid, reminded of, or contested."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import ENTRATE, POLIZIA, System
from percorso.city.calendar import DAY, HOUR, MINUTE, day_text
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import COUNTER, PEC, POST, SANZIONI, WEB
from percorso.city.story import Story

PLOTS = Weighted(("discount", 48), ("ordinary", 25), ("reminded", 15), ("contested", 12))
FINES_CENTS = (4_200, 8_700, 17_300)

STREET = Contact(POLIZIA, COUNTER, SANZIONI)
LETTER = Contact(POLIZIA, POST, SANZIONI)
CERTIFIED = Contact(POLIZIA, PEC, SANZIONI)
ONLINE = Contact(POLIZIA, WEB, SANZIONI)
COLLECTION = Contact(System(ENTRATE, "sanzioni"), POST, SANZIONI)


def tell(story: Story) -> Iterator[Fact]:
    """Be fined, and settle it one way or another."""
    cents = story.chance.one_of(FINES_CENTS)
    yield from _fined(story, cents)
    yield from _SETTLED[story.plot](story, cents)


def _fined(story: Story, cents: int) -> Iterator[Fact]:
    story.open_matter("VE")
    yield story.fact(
        STREET,
        "touchpoint.recorded",
        "fined",
        name="accertamento-sosta-vietata",
        details={"articolo": "158", "importo_cents": cents},
        place={"area": story.person.area},
    )
    story.wait(6 * DAY, 25 * DAY)
    story.wait_for_office()
    yield _requested(story, LETTER, cents, stage="notified")


def _requested(story: Story, contact: Contact, cents: int, *, stage: str) -> Fact:
    due = story.text(story.at_ms + 60 * DAY)
    notice = f"{story.matter}"
    return story.fact(
        contact, "payment.requested", stage, notice=notice, amount_cents=cents, due=due
    )


def _pays_early(story: Story, cents: int) -> Iterator[Fact]:
    story.wait(4 * HOUR, 4 * DAY)
    story.sleep()
    yield from scenes.look_up(story, SANZIONI, query="pagare multa sconto 30")
    yield from _paid(story, cents * 7 // 10)


def _pays(story: Story, cents: int) -> Iterator[Fact]:
    story.wait(6 * DAY, 40 * DAY)
    if story.chance.happens(0.3):
        yield from scenes.ask_for_news(story, SANZIONI)
        story.wait(10 * MINUTE, 4 * DAY)
    yield from _paid(story, cents)


def _pays_after_a_reminder(story: Story, cents: int) -> Iterator[Fact]:
    story.wait(60 * DAY, 75 * DAY)
    story.wait_for_office()
    yield _requested(story, COLLECTION, cents * 2, stage="reminded")
    story.wait(2 * DAY, 20 * DAY)
    yield from _paid(story, cents * 2)


def _contests(story: Story, cents: int) -> Iterator[Fact]:
    story.wait(2 * DAY, 25 * DAY)
    story.sleep()
    complaint = story.register("RIC")
    text = f"Il {day_text(story.at_ms - 20 * DAY)} avevo il permesso esposto."
    yield story.fact(
        CERTIFIED, "complaint.filed", "contested", complaint=complaint, topic="ricorso", text=text
    )
    story.wait(8 * DAY, 40 * DAY)
    story.wait_for_office()
    is_annulled = story.chance.happens(0.4)
    resolution = "annullata" if is_annulled else "confermata"
    yield story.fact(
        CERTIFIED, "complaint.answered", "answered", complaint=complaint, resolution=resolution
    )
    if is_annulled:
        story.outcome = "annulled"
    else:
        story.wait(1 * DAY, 20 * DAY)
        yield from _paid(story, cents)


def _paid(story: Story, cents: int) -> Iterator[Fact]:
    notice = f"{story.matter}"
    yield from scenes.pay(story, SANZIONI, notice=notice, cents=cents, stage="paid")
    story.outcome = "paid"
    story.wait(1 * HOUR, 2 * DAY)
    yield story.fact(ONLINE, "document.issued", "closed", document="quietanza")


_SETTLED = {
    "discount": _pays_early,
    "ordinary": _pays,
    "reminded": _pays_after_a_reminder,
    "contested": _contests,
}
