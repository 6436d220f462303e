"""Fills the templates: one file for each purpose and language, its first line the subject; pure.

A paragraph is left out if one of its places has nothing to be filled with.
"""

import re
from importlib.resources import files
from string import Template
from typing import NamedTuple
from unicodedata import category

from percorso.events.types.own import SuggestionMade
from percorso.notifications.preferences.preferences import Language

MAX_SUBJECT = 150  # characters; mailboxes show about half of it


class Frame(NamedTuple):
    """What is the same in every message: who writes, and where codes and consents are looked after."""

    sender: str
    codes_url: str
    consents_url: str


class Text(NamedTuple):
    """What a citizen reads; the subject is one line."""

    subject: str
    body: str


def _templates() -> dict[tuple[str, str], str]:
    found = files("percorso.notifications.texts").joinpath("templates").iterdir()
    return {
        (name[:-7], name[-6:-4]): each.read_text("utf-8") for each in found if (name := each.name)
    }


TEMPLATES = _templates()
PURPOSES = frozenset(purpose for purpose, _ in TEMPLATES)


def render(
    made: SuggestionMade, language: Language, code: str, frame: Frame, *, tells_why: bool = True
) -> Text:
    """Return the message of a suggestion; KeyError if its purpose has no template."""
    reasons = made.reasons.it if language == "it" else made.reasons.en
    values = {
        "title": one_line(made.title.it if language == "it" else made.title.en),
        "reasons": _listed(reasons) if tells_why else "",
        "link": made.link or "",
        "code": code,
        **frame._asdict(),
    }
    subject, _, body = TEMPLATES[made.purpose, language].partition("\n\n")
    filled = (_filled(paragraph, values) for paragraph in body.strip().split("\n\n"))
    return Text(_cut(_filled(subject, values)), "\n\n".join(part for part in filled if part) + "\n")


def one_line(text: str) -> str:
    """Return the text on one line, without characters that do not show: no header can be made of it."""
    return " ".join("".join(" " if category(each)[0] == "C" else each for each in text).split())


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {one_line(line)}" for line in lines)


def _filled(paragraph: str, values: dict[str, str]) -> str:
    places = re.findall(r"\$(\w+)", paragraph)
    return Template(paragraph).substitute(values) if all(values[name] for name in places) else ""


def _cut(subject: str) -> str:
    return subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"
