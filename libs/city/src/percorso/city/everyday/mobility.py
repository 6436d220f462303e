"""Getting about: trips on the lines, and passes that expire."""

from collections.abc import Iterator

from percorso.city import names, scenes
from percorso.city.agencies import BIGLIETTERIA, VALIDATORI
from percorso.city.calendar import DAY, HOUR, MINUTE, day_text
from percorso.city.facts import Contact, Fact
from percorso.city.services import ABBONAMENTO, APP, COUNTER, TOTEM
from percorso.city.story import Story

PASS_CENTS = 2_800


def travel(story: Story) -> Iterator[Fact]:
    """Go somewhere by bus, and mostly back again."""
    line, stops = story.chance.one_of(names.BUS_LINES)
    bus = Contact(VALIDATORI, TOTEM, ABBONAMENTO)
    for stop in (stops[0], stops[-1])[: story.chance.whole(1, 2)]:
        place = {"line": line, "segment": stop}
        yield story.fact(
            bus, "usage.recorded", kind="corsa", quantity=1.0, unit="viaggio", place=place
        )
        story.wait(40 * MINUTE, 9 * HOUR)


def renew_pass(story: Story) -> Iterator[Fact]:
    """Hear that the pass expires, pay, and get a new one."""
    expires_on = day_text(story.at_ms + 7 * DAY)
    app = Contact(BIGLIETTERIA, APP, ABBONAMENTO)
    yield story.fact(app, "document.expiring", document="abbonamento", expires_on=expires_on)
    story.wait(2 * HOUR, 6 * DAY)
    story.sleep()
    if story.chance.happens(0.5):
        yield from scenes.log_in_to_app(story, Contact(BIGLIETTERIA, APP))
    yield from scenes.pay(story, ABBONAMENTO, notice=story.register("ABB"), cents=PASS_CENTS)
    story.wait(1 * MINUTE, 20 * MINUTE)
    channel = story.chance.one_of((APP, COUNTER, TOTEM))
    issued = Contact(BIGLIETTERIA, channel, ABBONAMENTO)
    yield story.fact(issued, "document.issued", document="abbonamento")
