"""Scenes that many stories share: looking something up, logging in, paying, saying how it was."""

from collections.abc import Iterator

from percorso.city import services
from percorso.city.agencies import ACCESSO, APP_COMUNE, PAGAMENTI, PORTALE, URP
from percorso.city.calendar import DAY, HOUR, MINUTE, SECOND
from percorso.city.chance import Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import Service
from percorso.city.story import Story

PAID_AT = Weighted(
    (services.PAGOPA, 44),
    (services.PAGOPA_AT_BANK, 12),
    (services.TOBACCONIST, 10),
    (services.POST, 8),
    (services.TRANSFER, 5),
    (services.SUPERMARKET, 4),
    (services.CASH_MACHINE, 4),
    (services.DIRECT_DEBIT, 4),
    (services.PAGOPA_PREAUTHORISED, 3),
    (services.STANDING_ORDER, 2),
    (services.PAYMENT_SLIP, 2),
)
TAX_PAID_AT = Weighted((services.F24, 70), (services.PAGOPA, 20), (services.F23, 10))

_PROVIDERS = Weighted(("spid", 62), ("cie", 38))
_REASONS = Weighted(("attesa", 30), ("chiarezza", 30), ("cortesia", 20), ("esito", 20))
_TEXTS = {
    1: "Tempi troppo lunghi.",
    2: "Ho dovuto tornare due volte.",
    3: "Si può migliorare.",
    4: "Tutto sommato bene.",
    5: "Servizio veloce e gentile.",
}


def look_up(story: Story, service: Service, *, query: str) -> Iterator[Fact]:
    """Search the portal and read a few pages about a service."""
    contact = Contact(PORTALE, services.WEB, service)
    if story.chance.happens(0.7):
        yield story.fact(contact, "search.made", query=query, results=story.chance.whole(1, 40))
        story.wait(5 * SECOND, 40 * SECOND)
    for page in ("", "/requisiti", "/documenti")[: story.chance.whole(1, 3)]:
        stayed = story.chance.amount(4, 180)
        yield story.fact(
            contact, "page.viewed", page=f"/servizi/{service.code}{page}", stayed_s=stayed
        )
        story.wait(int(stayed * SECOND), int(stayed * SECOND) + 5 * SECOND)


def log_in(story: Story) -> Iterator[Fact]:
    """Log in to the portal with a national identity."""
    provider = story.chance.among(_PROVIDERS)
    level = 3 if provider == "cie" and story.chance.happens(0.4) else 2
    yield story.fact(
        Contact(ACCESSO, services.WEB_PREFILLED), "login.made", provider=provider, level=level
    )
    story.wait(3 * SECOND, 20 * SECOND)


def log_in_to_app(story: Story, app: Contact) -> Iterator[Fact]:
    """Log in where one is known by an agency's own code: then it knows whose code that is."""
    yield story.fact(app, "login.made", provider="spid", level=1)
    story.wait(2 * SECOND, 9 * SECOND)


def fill_in(story: Story, contact: Contact, *, form: str, steps: tuple[str, ...]) -> Iterator[Fact]:
    """Fill a form step by step, saving the draft; some people leave and come back."""
    for done, step in enumerate(steps, start=1):
        yield story.fact(
            contact, "draft.saved", form=form, step=step, filled=4 * done, total=4 * len(steps)
        )
        story.wait(40 * SECOND, 6 * MINUTE)
        if story.chance.happens(0.08):
            story.wait(3 * HOUR, 2 * DAY)
            story.sleep()


def pay(
    story: Story, service: Service, *, notice: str, cents: int, stage: str | None = None
) -> Iterator[Fact]:
    """Pay a notice wherever it suits."""
    choices = TAX_PAID_AT if service.life_event == services.TAXES else PAID_AT
    contact = Contact(PAGAMENTI, story.chance.among(choices), service)
    yield story.fact(contact, "payment.made", stage, notice=notice, amount_cents=cents)


def call_in(story: Story, contact: Contact, *, topic: str) -> Iterator[Fact]:
    """Call while somebody answers."""
    story.wait_for_office()
    waited, talked = story.chance.amount(5, 600), story.chance.amount(40, 480)
    story.wait(int((waited + talked) * SECOND), int((waited + talked) * SECOND) + SECOND)
    yield story.fact(contact, "call.ended", waited_s=waited, talked_s=talked, topic=topic)


def ask_for_news(story: Story, service: Service) -> Iterator[Fact]:
    """Ask the municipality's call centre how far one's matter is."""
    contact = Contact(URP, services.CALL_CENTRE, service)
    yield from call_in(story, contact, topic="stato-pratica")


def visit_desk(
    story: Story, contact: Contact, *, office: str, stage: str | None = None
) -> Iterator[Fact]:
    """Be served at a desk."""
    story.wait_for_office()
    served = story.chance.amount(90, 1500)
    waited = story.chance.amount(30, 3000)
    yield story.fact(
        contact, "desk.visited", stage, office=office, waited_s=waited, served_s=served
    )


def say_how_it_was(story: Story, about: Fact, *, rating: int) -> Iterator[Fact]:
    """Rate one touchpoint, if asked: in the app, or on the portal."""
    story.wait(2 * MINUTE, 2 * DAY)
    story.sleep()
    system = APP_COMUNE if story.knows(APP_COMUNE.known_by) else PORTALE
    channel = services.APP if system is APP_COMUNE else services.WEB
    yield story.fact(
        Contact(system, channel, about.contact.service),
        "feedback.given",
        rating=rating,
        reason=story.chance.among(_REASONS),
        text=_TEXTS[rating],
        about=about.reference._asdict(),
    )
