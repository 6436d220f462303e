"""Waste service: bins at the door, and what became of every planned collection."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import (
    CONTACT_CENTRE_TRIBUTI,
    NUMERO_VERDE,
    POSTA_AMBIENTE,
    RACCOLTA,
    TRIBUTI,
)
from percorso.city.calendar import DAY, HOUR, MINUTE
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import APP, CALL_CENTRE, EMAIL, HOME, POST, RIFIUTI, TARI
from percorso.city.story import Collection, Story

PLOTS = Weighted(("ordinary", 67), ("troubled", 28), ("made-good", 5))
MISSED = {"ordinary": 0.06, "troubled": 0.45}
RECOVERED = 0.7  # of the missed ones
MADE_GOOD = ("delivered", "recovered", "missed", "delivered")  # week after week
WEEKS = (4, 7)

DOORSTEP = Contact(RACCOLTA, HOME, RIFIUTI)
NOTICES = Contact(RACCOLTA, APP, RIFIUTI)
ACCOUNT = Contact(RACCOLTA, APP)
PHONE = Contact(NUMERO_VERDE, CALL_CENTRE, RIFIUTI)
MAILBOX = Contact(POSTA_AMBIENTE, EMAIL, RIFIUTI)

_KINDS = Weighted(("organico", 40), ("plastica", 25), ("carta", 20), ("vetro", 15))
_CAUSES = Weighted(
    ("mezzo-guasto", 40), ("strada-chiusa", 25), ("contenitore-non-esposto", 20), ("sciopero", 15)
)


def tell(story: Story) -> Iterator[Fact]:
    """Get the bins, have them emptied week after week, and pay for it."""
    story.open_matter("UT")
    yield from _begin(story)
    if story.plot == "made-good" or story.chance.happens(0.4):
        yield from scenes.log_in_to_app(story, ACCOUNT)
    for week in range(story.chance.whole(*WEEKS)):
        yield from _collection(story, week)
    yield story.fact(
        DOORSTEP,
        "usage.recorded",
        kind="indifferenziato",
        quantity=story.chance.amount(8, 60),
        unit="kg",
    )
    yield from _bill(story)
    missed = any(each.result != "delivered" for each in story.collections)
    story.outcome = "with-misses" if missed else "regular"


def _begin(story: Story) -> Iterator[Fact]:
    story.wait_for_office()
    yield from scenes.call_in(story, PHONE, topic="attivazione")
    yield story.fact(PHONE, "application.received", "activated", protocol=story.register("AMB"))
    story.wait(1 * DAY, 4 * DAY)
    story.wait_for_office()
    yield story.fact(DOORSTEP, "document.issued", "equipped", document="kit-contenitori")


def _collection(story: Story, week: int) -> Iterator[Fact]:
    item, kind = f"{story.matter}-{week + 1}", story.chance.among(_KINDS)
    from_ms = story.round_begins(2 * DAY)
    to_ms = from_ms + story.paced(6 * HOUR)
    planned = story.fact(
        NOTICES,
        "service.planned",
        "planned" if week == 0 else None,
        item=item,
        kind=kind,
        planned_from=story.text(from_ms),
        planned_to=story.text(to_ms),
        place={"area": story.person.area},
    )
    yield planned
    begun_ms = story.at_ms = from_ms + (to_ms - from_ms) * story.chance.whole(5, 95) // 100
    collection = story.collect(planned, item)
    collection.result = _result(story, week)
    if collection.result == "delivered":
        at = story.text(story.at_ms)
        yield story.fact(DOORSTEP, "service.delivered", item=item, kind=kind, at=at)
    else:
        yield from _missed(story, collection, kind)
    story.at_ms = max(story.at_ms, begun_ms + story.paced(5 * DAY))


def _result(story: Story, week: int) -> str:
    if story.plot == "made-good":
        return MADE_GOOD[week % len(MADE_GOOD)]
    if not story.chance.happens(MISSED[story.plot]):
        return "delivered"
    return "recovered" if story.chance.happens(RECOVERED) else "missed"


def _missed(story: Story, collection: Collection, kind: str) -> Iterator[Fact]:
    item, cause = collection.item, story.chance.among(_CAUSES)
    missed = story.fact(DOORSTEP, "service.missed", "missed", item=item, kind=kind, cause=cause)
    yield missed
    if story.plot == "made-good" or story.chance.happens(0.6):
        yield from _complain(story)
    if collection.result == "recovered":
        story.wait(10 * HOUR, 40 * HOUR)
        at = story.text(story.at_ms)
        recovered = story.fact(
            DOORSTEP, "service.recovered", "recovered", item=item, kind=kind, at=at
        )
        collection.recovered = recovered.reference
        yield recovered
    elif story.chance.happens(0.5):
        yield from scenes.say_how_it_was(story, missed, rating=1)


def _complain(story: Story) -> Iterator[Fact]:
    story.wait(1 * HOUR, 8 * HOUR)
    story.sleep()
    complaint = story.register(f"RE{len(story.collections)}")
    text = "Il contenitore era fuori ma nessuno è passato."
    yield story.fact(
        MAILBOX, "complaint.filed", complaint=complaint, topic="mancata-raccolta", text=text
    )
    story.wait(2 * HOUR, 30 * HOUR)
    story.wait_for_office()
    yield story.fact(
        MAILBOX, "complaint.answered", complaint=complaint, resolution="recupero-programmato"
    )


def _bill(story: Story) -> Iterator[Fact]:
    story.wait(1 * DAY, 6 * DAY)
    story.wait_for_office()
    notice, cents = story.register("TARI"), story.chance.whole(4_000, 26_000)
    yield story.fact(
        Contact(TRIBUTI, POST, TARI),
        "payment.requested",
        "billed",
        notice=notice,
        amount_cents=cents,
        due=story.text(story.at_ms + 30 * DAY),
    )
    story.wait(1 * DAY, 12 * DAY)
    if story.chance.happens(0.2):
        enquiry = Contact(CONTACT_CENTRE_TRIBUTI, CALL_CENTRE, TARI)
        yield from scenes.call_in(story, enquiry, topic="importo")
        story.wait(5 * MINUTE, 3 * DAY)
    yield from scenes.pay(story, TARI, notice=notice, cents=cents, stage="paid")
