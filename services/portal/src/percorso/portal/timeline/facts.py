"""What a touchpoint says, as pairs of label and text for its citizen; pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from percorso.portal.apis.names import as_words
from percorso.portal.pages import formats
from percorso.portal.pages.languages import Language, Words

PREFIX, SUFFIX = "eu.percorso.", ".v1"
RECORDED = "touchpoint.recorded"
Write = Callable[[Any, Language], str]


class Fact(NamedTuple):
    """One thing that is known of a touchpoint."""

    label: str
    text: str


def noun_and_verb(type_name: str) -> str:
    """Return what the type is about: `application.received`."""
    return type_name.removeprefix(PREFIX).removesuffix(SUFFIX)


def title(type_name: str, touchpoint: Mapping[str, Any], words: Words) -> str:
    """Say what happened in one line; what the catalogue does not name is said by its own name."""
    about = noun_and_verb(type_name)
    if about == RECORDED and isinstance(touchpoint.get("name"), str):
        return as_words(touchpoint["name"])
    said: str = words["happened"].get(about) or words["happened"]["unknown"]
    return said


def facts(touchpoint: Mapping[str, Any], words: Words, language: Language) -> Iterator[Fact]:
    """Yield what is worth reading, in the order of the labels; numbers of systems are not."""
    for member, label in words["labels"].items():
        if member in touchpoint:
            text = _text(member, touchpoint[member], words, language)
            if text is not None:
                yield Fact(label, text)


def _text(member: str, value: Any, words: Words, language: Language) -> str | None:
    """Write a value; None where it is not of the form that its member has."""
    meanings: Mapping[str, str] = words["meanings"].get(member, {})
    if isinstance(value, str) and value in meanings:
        return meanings[value]
    try:
        return _written(member, value, language)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
        return None


def _written(member: str, value: Any, language: Language) -> str | None:
    if member in _WRITERS:
        return _WRITERS[member](value, language)
    if isinstance(value, str):
        return value
    return formats.number(value, language) if isinstance(value, int | float) else None


def _moment(value: str, language: Language) -> str:
    return formats.moment(datetime.fromisoformat(value), language)


def _day(value: str, language: Language) -> str:
    return formats.day(date.fromisoformat(value), language)


def _code(value: str, _: Language) -> str:
    return as_words(value)


def _codes(value: list[str], _: Language) -> str:
    return ", ".join(map(as_words, value))


def _in_both(value: Mapping[str, str], language: Language) -> str:
    return value[language]


# The others are as they stand, numbers as people write them.
_WRITERS: Mapping[str, Write] = {
    **dict.fromkeys(("at", "due", "planned_from", "planned_to"), _moment),
    **dict.fromkeys(("on", "until", "born_on", "moved_on", "expires_on"), _day),
    **dict.fromkeys(("waited_s", "served_s", "talked_s"), formats.duration),
    **dict.fromkeys(("kind", "document", "office", "form", "step", "topic", "benefit"), _code),
    "amount_cents": formats.money,
    "fields": _codes,
    "title": _in_both,
}
