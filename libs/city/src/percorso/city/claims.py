"""Claims: that two identifiers are one person's, as agencies say it and sometimes take it back."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from percorso.city.agencies import Agency
from percorso.city.calendar import instant_text
from percorso.city.chance import Chance
from percorso.city.facts import Fact
from percorso.city.noise import NOTICED_AFTER, ON_ITS_WAY
from percorso.city.people import Identifier, Person
from percorso.city.story import Story
from percorso.city.truth import Known, LinkTruth, told

# A second login says what the first one said, so both are one link.
BY_LOGIN = "login"
_SCHEMES_OF_AGENCIES = {"visitor", "app", "customer"}

Pair = tuple[Identifier, Identifier]


class Claim(NamedTuple):
    """What an agency says of two identifiers: that they are one person's, or no longer.

    Claims and sendings sort by when they are sent, and never get further than the second member.
    """

    sent_ms: int
    agency: str
    reference: str
    subjects: Pair
    is_undone: bool = False


class Link(NamedTuple):
    """A claim with why and until when it holds, None for ever."""

    claim: Claim
    fact: Fact
    until_ms: int | None = None

    def claims(self) -> Iterator[Claim]:
        """Yield what is said, and what takes it back."""
        yield self.claim
        if self.until_ms is not None:
            yield self.claim._replace(sent_ms=self.until_ms, is_undone=True)

    def truth(self, person: Person) -> LinkTruth:
        """Say what there is to know of it."""
        until_ms = self.until_ms
        return LinkTruth(
            person=person.number,
            agency=self.claim.agency,
            reference=self.claim.reference,
            subjects=[Known(*subject) for subject in self.claim.subjects],
            event=told(self.fact.reference),
            at=instant_text(self.claim.sent_ms),
            until=None if until_ms is None else instant_text(until_ms),
        )


def links(
    story: Story, facts: Sequence[Fact], *, mistaken_for: Person, misfiled: float
) -> Iterator[Link]:
    """Yield the links that logins prove, and those that clerks make by mistake.

    Nobody's telephone but a mistaken clerk links, and always to the same wrong person: whatever
    comes first, no claim of the city would join two people.
    """
    chance = Chance(story.key, "claims")
    yield from _of_logins(story, facts, chance)
    if mistaken_for is not story.person:
        yield from _of_clerks(story, facts, mistaken_for, misfiled, chance)


def _of_logins(story: Story, facts: Sequence[Fact], chance: Chance) -> Iterator[Link]:
    """Link what somebody uses an agency by with who logs in."""
    used: Identifier | None = None
    for fact in facts:
        agency = fact.contact.system.agency
        if fact.citizen.scheme in _SCHEMES_OF_AGENCIES:
            used = fact.citizen
        if used and fact.noun_verb == "login.made" and _may_link(agency, used):
            pair = used, story.person.known_as["cf"]
            sent_ms = fact.at_ms + chance.whole(*ON_ITS_WAY)
            yield Link(Claim(sent_ms, agency.code, BY_LOGIN, pair), fact)


def _may_link(agency: Agency, own: Identifier) -> bool:
    return agency.may_link and own.value.startswith(f"{agency.code}:")


def _of_clerks(
    story: Story, facts: Sequence[Fact], other: Person, misfiled: float, chance: Chance
) -> Iterator[Link]:
    """File a caller's number with the next person of the register, until somebody notices."""
    for fact in facts:
        agency = fact.contact.system.agency
        is_answered = agency.may_link and fact.noun_verb == "call.ended"
        if is_answered and fact.citizen.scheme == "phone" and chance.happens(misfiled):
            pair = fact.citizen, other.known_as["cf"]
            sent_ms = fact.at_ms + chance.whole(*ON_ITS_WAY)
            until_ms = sent_ms + story.paced(chance.whole(*NOTICED_AFTER))
            yield Link(Claim(sent_ms, agency.code, fact.id, pair), fact, until_ms)
