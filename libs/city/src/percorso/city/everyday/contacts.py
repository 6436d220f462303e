"""By voice and by letter: calls, mail, and reports of what is broken."""

from collections.abc import Iterator

from percorso.city import names, scenes
from percorso.city.agencies import (
    APP_COMUNE,
    CONTACT_CENTRE_TRIBUTI,
    NUMERO_VERDE,
    POSTA,
    PROTOCOLLO,
    RACCOLTA,
    URP,
    System,
)
from percorso.city.calendar import DAY, HOUR, MINUTE
from percorso.city.chance import Chance, Weighted
from percorso.city.facts import Contact, Fact
from percorso.city.services import (
    APP,
    CALL_CENTRE,
    CARTA_IDENTITA,
    EMAIL,
    FAX,
    HOME,
    INGOMBRANTI,
    PEC,
    POST,
    RIFIUTI,
    SANZIONI,
    SEGNALAZIONI,
    TARI,
    VOICE,
)
from percorso.city.story import Story

_CALLS: Weighted[tuple[Contact, str]] = Weighted(
    ((Contact(URP, CALL_CENTRE, CARTA_IDENTITA), "appuntamento"), 30),
    ((Contact(URP, VOICE), "orari"), 20),
    ((Contact(URP, CALL_CENTRE, SANZIONI), "pagamento"), 15),
    ((Contact(CONTACT_CENTRE_TRIBUTI, CALL_CENTRE, TARI), "importo"), 20),
    ((Contact(NUMERO_VERDE, CALL_CENTRE, RIFIUTI), "calendario"), 15),
)
_QUESTIONS = (
    ("certificati", "Come ottengo uno stato di famiglia?"),
    ("orari", "Siete aperti il sabato?"),
    ("ztl", "Mia madre può entrare in centro con il pass?"),
    ("scuola", "Quando aprono le iscrizioni alla mensa?"),
)
_LETTERS = Weighted((POST, 50), (PEC, 40), (FAX, 10))
_BROKEN = Weighted(
    ("buca", 40), ("lampione-spento", 30), ("rifiuti-abbandonati", 20), ("albero", 10)
)
_BROKEN_FOR_MANY = ("acqua-mancante", "blackout", "allagamento", "semaforo-guasto")
_REPORTED: Weighted[tuple[System, str]] = Weighted(
    ((APP_COMUNE, APP), 60), ((URP, CALL_CENTRE), 25), ((POSTA, EMAIL), 15)
)


def call(story: Story) -> Iterator[Fact]:
    """Call one of the agencies."""
    contact, topic = story.chance.among(_CALLS)
    yield from scenes.call_in(story, contact, topic=topic)


def write(story: Story) -> Iterator[Fact]:
    """Write an e-mail and get a reply; a family's address does not say who wrote."""
    mailbox, thread = Contact(POSTA, EMAIL), story.register("MSG")
    topic, text = story.chance.one_of(_QUESTIONS)
    yield story.fact(mailbox, "message.received", thread=thread, topic=topic, text=text)
    story.wait(2 * HOUR, 4 * DAY)
    story.wait_for_office()
    reply = "Trova tutto nella pagina del servizio."
    yield story.fact(mailbox, "message.replied", thread=thread, text=reply)


def send_letter(story: Story) -> Iterator[Fact]:
    """Send paper, or what counts as such."""
    story.wait_for_office()
    channel = story.chance.among(_LETTERS)
    protocol = story.register("PG")
    yield story.fact(Contact(PROTOCOLLO, channel), "post.received", protocol=protocol)


def report(story: Story) -> Iterator[Fact]:
    """Report what is broken; the plot names kind and area where many report the same."""
    kind, _, area = story.plot.partition("|")
    kind = kind or story.chance.among(_BROKEN)
    system, channel = story.chance.among(_REPORTED)
    incident = story.register("SEG")
    yield story.fact(
        Contact(system, channel, SEGNALAZIONI),
        "incident.reported",
        incident=incident,
        kind=kind,
        place={"area": area or story.person.area},
    )
    if story.chance.happens(0.3):
        story.wait(1 * HOUR, 3 * DAY)
        story.wait_for_office()
        answer = Contact(POSTA, EMAIL, SEGNALAZIONI)
        text = "Grazie, interverremo entro la settimana."
        yield story.fact(answer, "message.replied", thread=incident, text=text)


def give_away_bulky_waste(story: Story) -> Iterator[Fact]:
    """Have a wardrobe fetched."""
    item = story.register("ING")
    asked = Contact(NUMERO_VERDE, CALL_CENTRE, INGOMBRANTI)
    yield from scenes.call_in(story, asked, topic="ingombranti")
    fetched, kind = Contact(RACCOLTA, HOME, INGOMBRANTI), "ingombranti"
    day_ms = story.round_begins(story.chance.whole(2 * DAY, 9 * DAY))
    begins, ends = story.text(day_ms), story.text(day_ms + story.paced(4 * HOUR))
    yield story.fact(
        fetched, "service.planned", item=item, kind=kind, planned_from=begins, planned_to=ends
    )
    story.at_ms = day_ms + story.paced(story.chance.whole(5 * MINUTE, 3 * HOUR))
    at = story.text(story.at_ms)
    yield story.fact(fetched, "service.delivered", item=item, kind=kind, at=at)


def something_breaks(chance: Chance) -> tuple[str, str]:
    """Draw what breaks for many at once, and in which area."""
    return chance.one_of(_BROKEN_FOR_MANY), chance.one_of(names.AREAS)
