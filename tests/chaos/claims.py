"""What is claimed in a run: what the city claims, some of it twice or taken back, and what nobody should."""

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random

from percorso.city.agencies import COMUNE
from percorso.city.city import City
from percorso.city.claims import Claim
from percorso.city.people import Identifier, Person

TWICE = 0.25  # of the claims
TAKEN_BACK = 0.3
WRONG = 0.3  # as many claims about the wrong person as a part of the city's
FAMILY = 0.3  # as many about a mailbox that two people share
KEPT_WRONG = 0.3  # of the wrong ones, until the end


class Claims:
    """Makes more claims of the city's; the same seed makes the same ones."""

    def __init__(self, seed: int, city: City) -> None:
        self._random = Random(f"claims {seed}")
        self._people = city.people
        self._families = [home.members for home in city.households if home.mailbox]
        self._wrong = count(1)

    def around(self, claim: Claim) -> Iterator[Claim]:
        """Yield a claim of the city's and those that come with it, in the order of asking."""
        chance = self._random.random
        yield from self._perhaps_twice(claim)
        if not claim.is_undone and chance() < TAKEN_BACK:
            yield from self._perhaps_twice(_undone(claim))
        if chance() < WRONG:
            yield from self._of_the_wrong_person(claim)
        if self._families and chance() < FAMILY:
            yield from self._of_a_family(self._random.choice(self._families))

    def _perhaps_twice(self, claim: Claim) -> Iterator[Claim]:
        yield claim
        if self._random.random() < TWICE:
            yield claim

    def _of_the_wrong_person(self, claim: Claim) -> Iterator[Claim]:
        """Claim of somebody else what is somebody's: if that is known, it would join the two."""
        thing, _ = claim.subjects
        yield from self._wrongly(claim.agency, thing, self._random.choice(self._people))

    def _of_a_family(self, members: Sequence[Person]) -> Iterator[Claim]:
        """Claim of two people that a mailbox is theirs."""
        for person in self._random.sample(members[:2], 2):
            yield from self._wrongly(COMUNE.code, members[0].known_as["email"], person)

    def _wrongly(self, agency: str, thing: Identifier, person: Person) -> Iterator[Claim]:
        pair = thing, person.known_as["cf"]
        claim = Claim(0, agency, f"wrong-{next(self._wrong)}", pair)
        yield from self._perhaps_twice(claim)
        if self._random.random() >= KEPT_WRONG:
            yield from self._perhaps_twice(_undone(claim))


def _undone(claim: Claim) -> Claim:
    return claim._replace(is_undone=True)
