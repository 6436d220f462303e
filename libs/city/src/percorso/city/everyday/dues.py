"""Dues: taxes asked for and paid."""

from collections.abc import Iterator

from percorso.city import scenes
from percorso.city.agencies import TRIBUTI
from percorso.city.calendar import DAY
from percorso.city.facts import Contact, Fact
from percorso.city.services import IMU, POST, TARI
from percorso.city.story import Story


def pay_tax(story: Story) -> Iterator[Fact]:
    """Be asked for a tax, and pay it mostly in time."""
    service = story.chance.one_of((IMU, TARI))
    notice, cents = story.register(service.code.upper()), story.chance.whole(3_000, 60_000)
    due = story.text(story.at_ms + 30 * DAY)
    asked = Contact(TRIBUTI, POST, service)
    yield story.fact(asked, "payment.requested", notice=notice, amount_cents=cents, due=due)
    story.wait(1 * DAY, 34 * DAY)
    yield from scenes.pay(story, service, notice=notice, cents=cents)
