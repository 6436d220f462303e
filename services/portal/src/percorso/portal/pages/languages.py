"""The two languages of the pages, and the words of each; pure."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal, get_args

Language = Literal["it", "en"]
Words = Mapping[str, Any]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "it"


def language_of(text: str | None) -> Language:
    """Return the language that a cookie or a form names; Italian where it names none of ours."""
    return next((language for language in LANGUAGES if language == text), DEFAULT)


def load() -> Mapping[Language, Words]:
    """Return the words of the pages, table by table as the files have them."""
    folder = files("percorso.portal.pages").joinpath("texts")
    return {
        language: tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
