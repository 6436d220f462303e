"""Who looked, in words: operators and services, and whoever this portal has no words for."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.chassis.testing import FakeClock
from percorso.identity.access.entries import Action
from percorso.portal.accesses.reading import Entry
from percorso.portal.accesses.showing import Shown, shown
from percorso.portal.apis.names import Names
from percorso.portal.pages import languages
from percorso.portal.pages.languages import LANGUAGES, Language

WORDS = languages.load()
NAMES = Names(None, {"c_a182": "Comune"}, FakeClock())  # type: ignore[arg-type] # asks nobody
TEXTS = st.text(max_size=100)


def an_entry(**changed: Any) -> Entry:
    said = {
        "id": "00000000-0000-8000-8000-000000000007",
        "at": "2026-05-04T10:00:00Z",
        "who": "agency:c_a182",
        "role": "desk",
        "action": "timeline-read",
        "purpose": "Chiede a che punto è la domanda",
        "reference": "2026/44871",
    }
    return Entry.model_validate(said | changed)


def told(language: Language = "it", **changed: Any) -> Shown:
    return shown(an_entry(**changed), WORDS[language], NAMES)


@pytest.mark.parametrize(
    ("who", "role", "it", "en"),
    [
        (
            "agency:c_a182",
            "desk",
            "Comune: un operatore allo sportello",
            "Comune: an operator at the desk",
        ),
        ("agency:c_a182", "owner", "Comune: un responsabile", "Comune: a person in charge"),
        ("agency:c_a182", None, "Comune: un operatore", "Comune: an operator"),
        ("agency:c_a182", "inspector", "Comune: un operatore", "Comune: an operator"),
        ("agency:c_h501", "desk", "c_h501: un operatore allo sportello", "c_h501: an operator at the desk"),
        (
            "service:notifications",
            None,
            "Percorso, per mandarti un messaggio",
            "Percorso, to send you a message",
        ),
        ("service:queue", None, "Il servizio queue di Percorso", "The service queue of Percorso"),
        ("court:to/1", None, "Altri (court:to/1)", "Others (court:to/1)"),
        ("", None, "Altri ()", "Others ()"),
    ],
)  # fmt: skip
def test_whoever_looked_is_named(who: str, role: str | None, it: str, en: str) -> None:
    assert told(who=who, role=role).who == it
    assert told("en", who=who, role=role).who == en


def test_what_an_operator_wrote_is_said_to_be_their_word() -> None:
    entry = told(purpose="feedback")

    assert (entry.why, entry.purpose) == ("Perché, come l'ha scritto l'operatore", "«feedback»")
    assert (entry.matter, entry.reference) == ("Pratica", "2026/44871")


def test_what_a_service_is_allowed_is_said_as_the_consent_says_it() -> None:
    entry = told(who="service:notifications", action="email-released", purpose="feedback")

    assert (entry.why, entry.matter) == ("Perché", "Riferimento")
    assert entry.purpose == "per chiederti un parere, come hai permesso"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_words(language: Language) -> None:
    actions = {action for part in get_args(Action) for action in get_args(part)}

    assert actions
    assert actions == WORDS[language]["accesses"]["actions"].keys()


def test_an_action_of_tomorrow_is_shown_by_its_name() -> None:
    assert told(action="journey-read").action == "altro (journey-read)"


@given(who=TEXTS, role=st.none() | TEXTS, action=TEXTS, purpose=TEXTS, reference=TEXTS)
def test_nothing_that_identity_may_say_is_an_error(**said: Any) -> None:
    entry = told(**said)

    assert entry.who
    assert said["purpose"] in entry.purpose or said["who"].startswith("service:")
    assert entry.reference == said["reference"]
