"""Channel switches: where citizens go on with a matter on another channel, and whether they had to."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from percorso.insights.experience.metric import (
    Aggregation,
    Contribution,
    Family,
    Metric,
    counted,
    types,
)
from percorso.insights.facts.rows import Fact

SWITCHES = Metric(
    "channel-switches",
    unit="switches",
    aggregation=Aggregation.COUNT,
    it="Cambi di canale in una pratica: due passi consecutivi del cittadino su canali diversi; "
    "`forced` se il primo non è riuscito (ricerca senza esiti, modulo lasciato a metà, chiamata "
    "senza conversazione), altrimenti `free`. Pagamenti e valutazioni non contano.",
    en="Channel switches in a matter: two consecutive steps of the citizen on different channels; "
    "`forced` if the first led nowhere (a search without results, a form left unfinished, a call "
    "without talk), else `free`. Payments and ratings do not count.",
)

# What a citizen begins on a channel of their own choice. The channel of a payment is the payment
# system's, and that of a rating whoever asks for it; an appointment is kept where it was given.
_STEPS = types(
    "page.viewed",
    "search.made",
    "draft.saved",
    "application.submitted",
    "information.provided",
    "appointment.booked",
    "desk.visited",
    "call.ended",
    "message.received",
    "post.received",
    "complaint.filed",
    "incident.reported",
    "login.made",
)


class _Step(msgspec.Struct, frozen=True):
    """Of a step, what tells that it led nowhere."""

    results: int | None = None
    filled: int | None = None
    total: int | None = None
    talked_s: float | None = None


_STEP = msgspec.json.Decoder(_Step)


def _switches(facts: Sequence[Fact]) -> Iterator[Contribution]:
    steps = [fact for fact in facts if fact.channel]
    for left, taken in pairwise(steps):
        if _top(left) != _top(taken):
            yield counted(SWITCHES, taken, bucket="forced" if _failed(left) else "free")


def _top(fact: Fact) -> str:
    """Return the channel's first level, such as `01` of a desk (`01.1.1`)."""
    return (fact.channel or "").partition(".")[0]


def _failed(fact: Fact) -> bool:
    try:
        step = _STEP.decode(fact.members)
    except msgspec.DecodeError:
        return False
    is_unfinished = None not in (step.filled, step.total) and step.filled != step.total
    return step.results == 0 or step.talked_s == 0 or is_unfinished


FAMILY = Family((SWITCHES,), _STEPS, of_matter=_switches)
