"""The people of the city: households, and for each person every identifier by which agencies know them."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import NamedTuple

from percorso.city import names
from percorso.city.chance import Chance, Weighted
from percorso.city.fiscal_codes import CodesUsedUp, fiscal_code, provisional_code

# Every so many people one is a namesake, born where and when somebody else was: an omocode.
NAMESAKE_EVERY = 60
SHARED_MAILBOX = 0.3  # of households with two adults
_SIZES = Weighted((1, 33), (2, 30), (3, 19), (4, 14), (5, 4))
_OLDEST_PARENT, _YOUNGEST_PARENT = date(1936, 1, 1), date(2000, 12, 31)
_OLDEST_CHILD, _YOUNGEST_CHILD = date(2007, 1, 1), date(2022, 6, 30)


class Identifier(NamedTuple):
    """A scheme and a value by which an agency knows a person."""

    scheme: str
    value: str


class Civil(NamedTuple):
    """What a register office knows, of which a fiscal code is made."""

    surname: str
    name: str
    is_woman: bool
    born: date
    birthplace: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person; `known_as` has a key for each way in which a system knows people."""

    number: int
    household: int
    civil: Civil
    area: str
    language: str | None
    is_adult: bool
    has_car: bool
    known_as: Mapping[str, Identifier]

    @property
    def name(self) -> str:
        """The name for people to read."""
        return f"{self.civil.name} {self.civil.surname}"

    @property
    def fiscal_code(self) -> str:
        """The identifier that everybody has."""
        return self.known_as["cf"].value


@dataclass(frozen=True, slots=True)
class Household:
    """People under one roof; `mailbox` is an address that its adults share."""

    number: int
    members: Sequence[Person]
    mailbox: str | None


class _Home(NamedTuple):
    """What the members of a household have in common."""

    seed: int
    number: int
    surname: str
    area: str
    country: tuple[str, str] | None
    mailbox: str | None


@dataclass(slots=True)
class _Register:
    """Whom the tax office has given codes so far."""

    codes: set[str] = field(default_factory=set)
    grown: list[Civil] = field(default_factory=list)


def settle(seed: int, count: int) -> Iterator[Household]:
    """Fill the city with so many people; the first ones are the same whatever the count."""
    register = _Register()
    number = settled = 0
    while settled < count:
        members = _members(seed, number, settled, register)[: count - settled]
        yield Household(number, members, _shared_mailbox(members))
        settled += len(members)
        number += 1


def _members(seed: int, household: int, first: int, register: _Register) -> list[Person]:
    chance = Chance(seed, "household", household)
    size = chance.among(_SIZES)
    adults = min(size, 2)
    home = _home(seed, household, adults, chance)
    return [
        _person(home, first + place, register, is_adult=place < adults, is_holder=place == 0)
        for place in range(size)
    ]


def _home(seed: int, number: int, adults: int, chance: Chance) -> _Home:
    country = chance.among(names.COUNTRIES) if chance.happens(0.1) else None
    surname = chance.one_of(names.SURNAMES_FROM_ABROAD if country else names.SURNAMES)
    is_shared = adults == 2 and chance.happens(SHARED_MAILBOX)
    mailbox = f"famiglia.{_plain(surname)}{number}@posta.example" if is_shared else None
    return _Home(seed, number, surname, chance.one_of(names.AREAS), country, mailbox)


def _person(
    home: _Home, number: int, register: _Register, *, is_adult: bool, is_holder: bool
) -> Person:
    chance = Chance(home.seed, "person", number)
    civil = _civil(home, chance, is_adult=is_adult, is_holder=is_holder)
    if number % NAMESAKE_EVERY == NAMESAKE_EVERY - 1 and register.grown:
        civil = chance.one_of(register.grown)
    code, civil = _code(civil, register.codes)
    is_grown = civil.born <= _YOUNGEST_PARENT
    register.codes.add(code)
    if is_grown:
        register.grown.append(civil)
    known_as = {"cf": Identifier("cf", code), "idanpr": _idanpr(home.seed, number)}
    if is_grown:
        known_as |= _contacts(home, civil, number, chance)
        known_as |= _memberships(home, number, chance, is_holder=is_holder)
    return Person(
        number=number,
        household=home.number,
        civil=civil,
        area=home.area,
        language=home.country[1] if home.country and chance.happens(0.6) else None,
        is_adult=is_grown,
        has_car=is_grown and chance.happens(0.7),
        known_as=known_as,
    )


def _civil(home: _Home, chance: Chance, *, is_adult: bool, is_holder: bool) -> Civil:
    is_woman = chance.happens(0.515)
    name = chance.one_of(names.WOMEN if is_woman else names.MEN)
    abroad = names.SURNAMES_FROM_ABROAD if home.country else names.SURNAMES
    keeps = not is_adult or is_holder
    surname = home.surname if keeps else chance.one_of(abroad)
    ends = (_OLDEST_PARENT, _YOUNGEST_PARENT) if is_adult else (_OLDEST_CHILD, _YOUNGEST_CHILD)
    born = ends[0] + timedelta(days=chance.whole(0, (ends[1] - ends[0]).days))
    birthplace = chance.among(names.BIRTHPLACES)
    if home.country and is_adult:
        birthplace = home.country[0]
    return Civil(surname, name, is_woman, born, birthplace)


def _code(civil: Civil, taken: Container[str]) -> tuple[str, Civil]:
    """Make the code; where all eight are taken, of somebody born a day later."""
    while True:
        try:
            code = fiscal_code(
                civil.surname,
                civil.name,
                is_woman=civil.is_woman,
                born=civil.born,
                birthplace=civil.birthplace,
                taken=taken,
            )
        except CodesUsedUp:
            civil = civil._replace(born=civil.born + timedelta(days=1))
        else:
            return code, civil


def _contacts(home: _Home, civil: Civil, number: int, chance: Chance) -> dict[str, Identifier]:
    known_as = {}
    own = f"{_plain(civil.name)}.{_plain(civil.surname)}{number}@posta.example"
    if home.mailbox or chance.happens(0.9):
        known_as["email"] = Identifier("email", home.mailbox or own)
    if chance.happens(0.95):
        # A range that no operator had when this was written.
        known_as["phone"] = Identifier("phone", f"+39399{number:07}")
    if chance.happens(0.08):
        handle = f"{_plain(civil.name)}_{_plain(civil.surname)}{number}"
        known_as["social"] = Identifier("social", f"mastodon:{handle}")
    if home.country and chance.happens(0.5):
        known_as |= _from_abroad(home.country[0], number)
    return known_as


def _from_abroad(country: str, number: int) -> dict[str, Identifier]:
    if country in names.EU_COUNTRIES:
        value = f"{names.EU_COUNTRIES[country]}/IT/{number:013}"
        return {"eidas": Identifier("eidas", value)}
    return {"cf-provisional": Identifier("cf-provisional", provisional_code(number + 1, 182))}


def _memberships(
    home: _Home, number: int, chance: Chance, *, is_holder: bool
) -> dict[str, Identifier]:
    """Give the identifiers of agencies' own schemes: customers, installed apps, visitors."""
    shares = {"app:c_a182": 0.55, "visitor:c_a182": 0.9, "visitor:c_a182:2": 0.35}
    shares |= {"customer:tpl_tanaro": 0.45, "app:tpl_tanaro": 0.3, "customer:asl_tanaro": 0.8}
    known_as = {
        way: _own(way, _digest(home.seed, way, number))
        for way, share in shares.items()
        if chance.happens(share)
    }
    if is_holder:
        way = "customer:ambiente_tanaro"
        known_as[way] = _own(way, f"UT{home.number:07}")
    return known_as


def _own(way: str, code: str) -> Identifier:
    scheme, agency = way.split(":")[:2]
    return Identifier(scheme, f"{agency}:{code}")


def _idanpr(seed: int, number: int) -> Identifier:
    """Make nine letters and digits, of which the five in the middle are the person's number."""
    letters = _digest(seed, "idanpr", number).upper().translate(_TO_LETTERS)
    middle = "".join(_BASE_36[number // 36**place % 36] for place in range(5))
    return Identifier("idanpr", f"{letters[:2]}{middle}{letters[2:4]}")


def _digest(seed: int, way: str, number: int) -> str:
    return blake2b(f"{seed}/{way}/{number}".encode(), digest_size=8).hexdigest()


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def _shared_mailbox(members: Sequence[Person]) -> str | None:
    """Give the address that two of them have; cut to one member, a household shares nothing."""
    addresses = [person.known_as["email"].value for person in members if "email" in person.known_as]
    return addresses[0] if len(addresses) > 1 and addresses[0] == addresses[1] else None


_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_LETTERS = str.maketrans("0123456789", "GHJKLMNPQR")
