"""The words of the pages: the same in both languages, and one for everything that can happen."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from percorso.events.catalogue import CATALOGUE
from percorso.events.vocabularies import CHANNELS
from percorso.portal.pages import languages
from percorso.portal.timeline.facts import noun_and_verb

WORDS = languages.load()
IN_NO_TIMELINE = {"record.accessed"}  # the page of who looked tells it


def test_both_languages_have_the_same_texts_in_the_same_order() -> None:
    assert list(_places(WORDS["it"])) == list(_places(WORDS["en"]))


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_no_text_is_empty(language: languages.Language) -> None:
    assert [place for place, text in _texts(WORDS[language]) if not text.strip()] == []


def test_no_key_is_what_a_template_would_read_of_the_table_itself() -> None:
    named = {place.rpartition("/")[2] for place in _places(WORDS["it"])}

    assert {name for name in named if hasattr(dict, name)} == set()


def test_placeholders_are_the_same_in_both_languages() -> None:
    it, en = (dict(_texts(WORDS[language])) for language in languages.LANGUAGES)

    assert {place for place in it if _holes(it[place]) != _holes(en[place])} == set()


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_type_of_the_catalogue_has_its_words(language: languages.Language) -> None:
    said = WORDS[language]["happened"]

    assert {noun_and_verb(name) for name in CATALOGUE} - said.keys() - IN_NO_TIMELINE == set()


def test_every_channel_has_words_or_one_above_it_has() -> None:
    named = WORDS["it"]["channels"].keys()

    assert {code for code in CHANNELS if not named & {code, code[:4], code[:2]}} == set()


def _places(words: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in words.items():
        yield f"{above}/{name}"
        if isinstance(value, dict):
            yield from _places(value, f"{above}/{name}")


def _texts(words: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, dict):
            yield from _texts(value, f"{above}/{name}")
        else:
            yield f"{above}/{name}", value if isinstance(value, str) else " ".join(value)


def _holes(text: str) -> list[str]:
    return sorted(part.partition("}")[0] for part in text.split("{")[1:])
