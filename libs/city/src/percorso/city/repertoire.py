"""The repertoire: every kind of story, when it begins, whom it suits, and how often it is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from percorso.city import calendar
from percorso.city.chance import Weighted
from percorso.city.everyday import contacts, desks, dues, health, mobility, online
from percorso.city.facts import Fact
from percorso.city.journeys import (
    birth_of_a_child,
    building_permit,
    moving_house,
    parking_fine,
    waste_service,
)
from percorso.city.people import Person
from percorso.city.story import Story

NO_PLOT: Weighted[str] = Weighted(("", 1))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of story; `is_journey` says that its course is part of the truth."""

    name: str
    tell: Callable[[Story], Iterator[Fact]]
    rhythm: Weighted[int]
    suits: Callable[[Person], bool]
    plots: Weighted[str] = NO_PLOT
    is_journey: bool = False


def _grown(person: Person) -> bool:
    return person.is_adult


def _mother(person: Person) -> bool:
    return person.is_adult and person.civil.is_woman and person.civil.born.year >= 1980


def _driver(person: Person) -> bool:
    return person.has_car


def _known(way: str) -> Callable[[Person], bool]:
    return lambda person: way in person.known_as


MOVING_HOUSE = Kind(
    "moving-house", moving_house.tell, calendar.ONLINE, _grown, moving_house.PLOTS, is_journey=True
)
BIRTH = Kind(
    "birth-of-a-child", birth_of_a_child.tell, calendar.EVENLY, _mother, birth_of_a_child.PLOTS,
    is_journey=True,
)  # fmt: skip
WASTE_SERVICE = Kind(
    "waste-service", waste_service.tell, calendar.OFFICE, _known("customer:ambiente_tanaro"),
    waste_service.PLOTS, is_journey=True,
)  # fmt: skip
BUILDING_PERMIT = Kind(
    "building-permit", building_permit.tell, calendar.ONLINE, _grown, building_permit.PLOTS,
    is_journey=True,
)  # fmt: skip
PARKING_FINE = Kind(
    "parking-fine", parking_fine.tell, calendar.EVENLY, _driver, parking_fine.PLOTS, is_journey=True
)
JOURNEYS = (MOVING_HOUSE, BIRTH, WASTE_SERVICE, BUILDING_PERMIT, PARKING_FINE)

REPORT = Kind("report", contacts.report, calendar.EVENLY, _grown)
VISIT = Kind("visit", health.visit, calendar.OFFICE, _grown)
TRAVEL = Kind("travel", mobility.travel, calendar.TRAVEL, _known("customer:tpl_tanaro"))
OPEN_APP = Kind("open-app", online.open_app, calendar.ONLINE, _known("app:c_a182"))
BROWSE = Kind("browse", online.browse, calendar.ONLINE, _known("visitor:c_a182"))
RENEW_CARD = Kind("renew-card", desks.renew_card, calendar.NIGHTLY, _grown)
WRITE = Kind("write", contacts.write, calendar.ONLINE, _known("email"))

# In every twelve journeys each kind has its share, so that a small city has all five too.
ROUND = (
    WASTE_SERVICE, PARKING_FINE, MOVING_HOUSE, BUILDING_PERMIT, BIRTH, WASTE_SERVICE,
    PARKING_FINE, MOVING_HOUSE, WASTE_SERVICE, PARKING_FINE, BUILDING_PERMIT, PARKING_FINE,
)  # fmt: skip
EVERYDAY: Sequence[tuple[Kind, float]] = (
    (TRAVEL, 26),
    (Kind("glance", online.glance, calendar.ONLINE, _known("visitor:c_a182")), 16),
    (BROWSE, 12),
    (OPEN_APP, 12),
    (Kind("call", contacts.call, calendar.OFFICE, _known("phone")), 8),
    (VISIT, 5),
    (WRITE, 5),
    (REPORT, 4),
    (Kind("plan-a-trip", online.plan_a_trip, calendar.TRAVEL, _known("app:tpl_tanaro")), 4),
    (Kind("ask-at-desk", desks.ask_at_desk, calendar.OFFICE, _grown), 3),
    (Kind("borrow-book", desks.borrow_book, calendar.OFFICE, _grown), 3),
    (Kind("pay-tax", dues.pay_tax, calendar.NIGHTLY, _grown), 2.5),
    (RENEW_CARD, 2),
    (Kind("renew-pass", mobility.renew_pass, calendar.NIGHTLY, _known("customer:tpl_tanaro")), 2),
    (Kind("print-certificate", desks.print_certificate, calendar.ONLINE, _grown), 1.5),
    (Kind("send-letter", contacts.send_letter, calendar.OFFICE, _grown), 1),
    (
        Kind(
            "give-away-bulky-waste", contacts.give_away_bulky_waste, calendar.OFFICE,
            _known("customer:ambiente_tanaro"),
        ),
        1,
    ),
    (Kind("use-totem", online.use_totem, calendar.OFFICE, _known("app:c_a182")), 1),
    (Kind("write-in-public", online.write_in_public, calendar.ONLINE, _known("social")), 0.8),
    (Kind("lose-work", desks.lose_work, calendar.OFFICE, _grown), 0.5),
    (Kind("enrol-from-abroad", health.enrol_from_abroad, calendar.OFFICE, _known("cf-provisional")), 0.4),
    (Kind("marry", desks.marry, calendar.OFFICE, _grown), 0.3),
    (Kind("lose-a-relative", desks.lose_a_relative, calendar.OFFICE, _grown), 0.3),
    (Kind("watch", online.watch, calendar.ONLINE, _known("app:c_a182")), 0.3),
)  # fmt: skip
