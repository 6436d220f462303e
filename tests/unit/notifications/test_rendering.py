"""The words of messages: complete in both languages, and nothing can be smuggled into them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.preferences.preferences import Language
from percorso.notifications.texts.rendering import (
    MAX_SUBJECT,
    PURPOSES,
    TEMPLATES,
    Frame,
    one_line,
    render,
)
from tests.support.suggestions import a_suggestion, read

FRAME = Frame("Percorso", "https://p.example/codes", "https://p.example/consents")
CODE = "ABCD-EFGH-JKMN-PQRS-TVWX"
PLACES = {"title", "reasons", "link", "code", *Frame._fields}


def test_every_purpose_is_written_in_both_languages() -> None:
    assert {(purpose, language) for purpose in PURPOSES for language in ("it", "en")} == set(
        TEMPLATES
    )
    assert {"proactive-suggestions", "service-notices"} == PURPOSES


@pytest.mark.parametrize("key", sorted(TEMPLATES))
def test_every_template_has_its_places_and_no_other(key: tuple[str, str]) -> None:
    places = set(re.findall(r"\$(\w+)", TEMPLATES[key]))

    assert places <= PLACES
    assert {"title", "reasons", "link", "code", "codes_url"} <= places
    assert ("consents_url" in places) == (key[0] != "service-notices")


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
@pytest.mark.parametrize("language", ["it", "en"])
def test_a_message_says_what_why_where_and_how_to_check_it(
    purpose: str, language: Language
) -> None:
    made = read(a_suggestion(purpose=purpose))

    text = render(made, language, CODE, FRAME)

    said = text.body
    assert (made.title.it if language == "it" else made.title.en) in text.subject
    assert f"- {(made.reasons.it if language == 'it' else made.reasons.en)[0]}\n" in said
    assert all(each in said for each in ("https://www.inps.it", CODE, FRAME.codes_url))
    assert (FRAME.consents_url in said) == (purpose != "service-notices")
    assert "$" not in said


def test_without_a_link_its_paragraph_is_left_out() -> None:
    text = render(read(a_suggestion(link=None)), "en", CODE, FRAME)

    assert "To go on" not in text.body
    assert "\n\n\n" not in text.body


def test_the_same_suggestion_gives_the_same_words() -> None:
    made = read(a_suggestion())

    assert render(made, "it", CODE, FRAME) == render(made, "it", CODE, FRAME)


def test_places_in_what_is_filled_in_are_left_alone() -> None:
    made = read(a_suggestion(title={"it": "$code $nothing", "en": "${code}"}))

    assert "$code $nothing" in render(made, "it", CODE, FRAME).body


@given(st.text(min_size=1, max_size=400))
def test_a_title_makes_one_line_of_the_subject_and_of_the_body(title: str) -> None:
    made = read(a_suggestion(title={"it": title, "en": title}))
    plain = render(read(a_suggestion(title={"it": "x", "en": "x"})), "it", CODE, FRAME)

    text = render(made, "it", CODE, FRAME)

    assert len(text.subject) <= MAX_SUBJECT
    assert text.subject.isprintable()
    if one_line(title):
        assert len(text.body.splitlines()) == len(plain.body.splitlines())
