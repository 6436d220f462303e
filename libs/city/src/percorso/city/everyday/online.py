"""On screens: the portal, the app, a totem in the square, the television."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import APP_COMUNE, APP_TRASPORTI, ISTANZE, PORTALE, SOCIAL
from percorso.city.calendar import DAY, HOUR, MINUTE, SECOND
from percorso.city.facts import Contact, Fact
from percorso.city.services import (
    ABBONAMENTO,
    APP,
    CARTA_IDENTITA,
    SEGNALAZIONI,
    SERVICES,
    TELEVISION,
    TOTEM,
    WEB,
    WEB_PREFILLED,
)
from percorso.city.story import Story

KNOWN = "known"
PAGES = ("notizie", "avvisi", "scadenze", "orari", "eventi", "modulistica")


def browse(story: Story) -> Iterator[Fact]:
    """Read about a service; some log in and begin a form."""
    service = story.chance.one_of(SERVICES)
    yield from scenes.look_up(story, service, query=service.name.lower())
    if story.chance.happens(0.2):
        yield from scenes.log_in(story)
        form = Contact(ISTANZE, WEB_PREFILLED, service)
        yield from scenes.fill_in(story, form, form=service.code, steps=("inizio",))


def glance(story: Story) -> Iterator[Fact]:
    """Look at one page of the portal."""
    page, stayed = story.chance.one_of(PAGES), story.chance.amount(2, 90)
    yield story.fact(Contact(PORTALE, WEB), "page.viewed", page=f"/{page}", stayed_s=stayed)


def open_app(story: Story) -> Iterator[Fact]:
    """Open the municipality's app; some log in, all of those whose plot is to be known."""
    app = Contact(APP_COMUNE, APP)
    if story.chance.happens(0.15) or story.plot == KNOWN:
        yield from scenes.log_in_to_app(story, app)
    for _ in range(story.chance.whole(1, 2)):
        page, stayed = story.chance.one_of(PAGES), story.chance.amount(2, 60)
        yield story.fact(app, "page.viewed", page=f"/app/{page}", stayed_s=stayed)
        story.wait(2 * SECOND, 50 * SECOND)


def plan_a_trip(story: Story) -> Iterator[Fact]:
    """Look for a bus in the transport company's app."""
    app = Contact(APP_TRASPORTI, APP, ABBONAMENTO)
    query, results = story.chance.one_of(("ospedale", "stazione", "centro")), 3
    yield story.fact(app, "search.made", query=query, results=results)


def use_totem(story: Story) -> Iterator[Fact]:
    """Ask the totem in the square."""
    totem = Contact(APP_COMUNE, TOTEM, CARTA_IDENTITA)
    yield story.fact(totem, "page.viewed", page="/totem/carta-identita", stayed_s=41.5)


def watch(story: Story) -> Iterator[Fact]:
    """Follow the council on television."""
    shown = Contact(APP_COMUNE, TELEVISION)
    minutes = story.chance.whole(5, 90)
    yield story.fact(shown, "page.viewed", page="/tv/consiglio-comunale", stayed_s=minutes * 60.0)


def write_in_public(story: Story) -> Iterator[Fact]:
    """Write to the municipality on a social network."""
    network, thread = Contact(SOCIAL, WEB, SEGNALAZIONI), story.register("SOC")
    text = "Buongiorno, quando riapre la biblioteca?"
    yield story.fact(network, "message.received", thread=thread, topic="orari", text=text)
    story.wait(20 * MINUTE, 1 * DAY)
    story.wait_for_office()
    yield story.fact(network, "message.replied", thread=thread, text="Da lunedì, dalle nove.")
    story.wait(1 * MINUTE, 3 * HOUR)
