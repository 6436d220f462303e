"""Identifiers of people as a user types them: SCHEME:VALUE, or a bare codice fiscale."""

import re
from dataclasses import dataclass

_FISCAL_CODE = re.compile(r"[A-Za-z0-9]{16}")
_SCHEME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class SubjectIdentifier:
    """A scheme and a value by which an agency knows a person; the value stays out of `repr`."""

    scheme: str
    value: str

    def __repr__(self) -> str:
        return f"SubjectIdentifier({self.scheme!r}, ...)"

    def body(self) -> dict[str, str]:
        """Return the form in which services read it."""
        return {"scheme": self.scheme, "value": self.value}


def parse_identifier(text: str) -> SubjectIdentifier:
    """Read SCHEME:VALUE or a bare codice fiscale; ValueError says the form, never the value."""
    scheme, colon, value = text.partition(":")
    if not colon and _FISCAL_CODE.fullmatch(text):
        return SubjectIdentifier("cf", text)
    if not colon or not value or not _SCHEME.fullmatch(scheme):
        raise ValueError("an identifier is SCHEME:VALUE, or a codice fiscale of 16 characters")
    return SubjectIdentifier(scheme, value)
