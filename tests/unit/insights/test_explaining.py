"""Why something was suggested, made again from what its decision was made of."""

from datetime import date
from uuid import UUID

import pytest

from percorso.events.ids import event_key
from percorso.insights.suggestions.explaining import is_about, why
from tests.support.decisions import FREE, Case, a_birth
from tests.support.events import SOURCE, a_subject
from tests.support.rules import shipped

OWN, THEIRS = a_subject(), a_subject(2)
LINKED = Case(
    [
        a_birth("own", days_ago=3, born_on="2026-04-20"),
        a_birth("theirs", days_ago=1, born_on="2026-05-02", subject=THEIRS),
    ],
    policy=FREE,
).inputs()


@pytest.mark.parametrize(
    ("subject", "id_", "born_on"),
    [(OWN, "own", date(2026, 4, 20)), (THEIRS, "theirs", date(2026, 5, 2))],
)
def test_why_tells_of_its_own_event_and_not_of_the_newest(
    subject: UUID, id_: str, born_on: date
) -> None:
    told = why(LINKED, shipped(), ("scelta-pediatra", subject, event_key(SOURCE, id_)))

    assert told is not None
    assert told.flip is not None
    assert (told.flip.fact, told.flip.known) == ("child.born-on", born_on)
    assert {fact.id for fact in told.events.values()} == {id_}
    assert is_about(told, [subject])


def test_what_that_decision_did_not_offer_is_not_explained() -> None:
    assert why(LINKED, shipped(), ("scelta-pediatra", OWN, event_key(SOURCE, "theirs"))) is None
