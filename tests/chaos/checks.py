"""The checks by name, and what one says: whether it holds, and samples of what does not."""

from collections.abc import Iterable
from dataclasses import dataclass

NONE_MISSING = "no accepted event is missing"
NONE_TWICE = "no event is there twice"
NONE_REFUSED = "nothing refused or invented is there"
OWNERS = "every event is its own citizen's"
LINKED = "a timeline is that of all its linked subjects"
UNLINKED = "what an undone link had joined is parted exactly"
TWO_PEOPLE = "two people are never one"
LINKS = "links are as they were answered"
SAME_LINK = "a claim made again is the same link"
CONFLICTS = "a claim is refused only if it would join two people"
ORDER = "every timeline is in order, both ways"
CONTENT = "every event is as it was sent"
WITHDRAWN = "what was withdrawn is hidden"
ANSWERS = "answers say what became of each event"
PAGES = "pages are stable while paging"
FRESHNESS = "freshness is never better than the truth"
TOPIC = "the topic holds what was accepted, nothing refused"
REFUSALS = "what is malformed is refused as it must be"
OUTAGES = "an outage is 429 or 503 with Retry-After, no other 5xx"
DOOR = "the door answers in time while Kafka is frozen"
VISIBLE = "the lag was visible while Kafka was frozen"
READABLE = "timelines were readable while Kafka was frozen"
MEMORY = "memory stays bounded"
DEATHS = "nothing died that was not killed"
RECOVERY = "everything recovers"
STOPPED = "the stack stops in order within 30 s"
OFFSETS = "no stored offset ever goes back"
NO_CANARY = "no canary is in any log, span, metric, topic, table or answer"
LETTERS = "dead letters are exactly the poison"
NO_CONSENT = "who allows no mail gets none"
MAILED_ONCE = "no mail is there twice"
PROPOSED = "suggestions are those of what was accepted and allowed"
ARRIVED = "a suggestion has its mail, or is said to have failed"
COUNTED = "counts are those of what was accepted"
HANDLING = "redriving and discarding leave the right letters"

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of the oracle."""

    check: str
    faults: tuple[str, ...]
    measured: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def finding(self) -> str:
        """Say what was found, or measured where all is well."""
        if self.holds:
            return self.measured
        more = f" and {len(self.faults) - SAMPLES} more" if len(self.faults) > SAMPLES else ""
        return f"{'; '.join(self.faults[:SAMPLES])}{more}"


def verdict(check: str, faults: Iterable[str], measured: str = "") -> Verdict:
    """Return the verdict of a check."""
    return Verdict(check, tuple(faults), measured)
