"""Identifiers of people: one normalisation and one check for each scheme, for ever.

A pseudonym is made of the normalised value, so a change here would split citizens: what stands
in docs/reference/identifier-vectors.json stays true, and another rule is another scheme.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

import idna

from percorso.identity.subjects import fiscal_codes


class Scheme(StrEnum):
    """By what an agency knows a person."""

    CF = "cf"
    CF_PROVISIONAL = "cf-provisional"
    IDANPR = "idanpr"
    EIDAS = "eidas"
    EMAIL = "email"
    PHONE = "phone"
    CUSTOMER = "customer"
    APP = "app"
    VISITOR = "visitor"
    SOCIAL = "social"


# Gives the subject of a scheme and a value, for an agency (None for nobody in particular).
NameSubject = Callable[[str | None, str, str], UUID]

OWN_SCHEMES = frozenset({Scheme.CUSTOMER, Scheme.APP, Scheme.VISITOR})  # valued `agency:code`

MAX_VALUE_LENGTH = 512  # characters as sent; the longest normalised value is 256
MAX_EMAIL_BYTES = 254  # RFC 5321, erratum 1690
MAX_LOCAL_PART_BYTES = 64
MAX_EIDAS_LENGTH = 256
MAX_CODE_LENGTH = 128
MAX_HANDLE_LENGTH = 128

_BLANKS = " \t\r\n\u00a0"
_TIN_PREFIX = "TINIT-"  # SPID's way to write an Italian fiscal code
_IDANPR = re.compile("[0-9A-Z]{9}")
_EIDAS = re.compile(r"[A-Z]{2}/[A-Z]{2}/\S+")
_PHONE_PUNCTUATION = str.maketrans("", "", " .-()[]/")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NETWORK = re.compile("[a-z0-9][a-z0-9._-]{0,31}")


class InvalidIdentifier(Exception):
    """The identifier cannot be used; `pointer` is within it (`/scheme` or `/value`).

    Neither member holds anything of what was sent.
    """

    def __init__(self, pointer: str, title: str) -> None:
        super().__init__(title)
        self.pointer = pointer
        self.title = title


def normalise(scheme: str, value: str, *, agency: str | None) -> str:
    """Return the one form of the value in its scheme, or raise InvalidIdentifier.

    `agency` is the caller's own code, which values of `customer`, `app` and `visitor` must name.
    Normalising what this returned gives it again.
    """
    rule = _RULES.get(scheme)
    if rule is None:
        raise InvalidIdentifier("/scheme", "Is not a known scheme")
    if len(value) > MAX_VALUE_LENGTH:
        raise _invalid("Is too long")
    trimmed = value.strip(_BLANKS)
    if not trimmed:
        raise _invalid("Is empty")
    if not trimmed.isprintable():  # no NUL, controls, lone surrogates, invisible characters
        raise _invalid("Holds characters that cannot be printed")
    return rule(trimmed, agency)


def agency_of(value: str) -> str:
    """Return what stands before the colon in a value of the form `agency:code`, else ''."""
    agency, colon, _ = value.strip(_BLANKS).partition(":")
    return agency if colon else ""


def _cf(value: str, _: str | None) -> str:
    code = _ascii_upper(value).removeprefix(_TIN_PREFIX)
    if not fiscal_codes.has_form(code):
        raise _invalid("Is not of the form of a codice fiscale")
    if fiscal_codes.check_letter(code[:15]) != code[15]:
        raise _invalid("Has a wrong check letter")
    return code


def _cf_provisional(value: str, _: str | None) -> str:
    if not fiscal_codes.has_provisional_form(value):
        raise _invalid("Is not of the form of a provisional codice fiscale")
    if fiscal_codes.check_digit(value[:10]) != value[10]:
        raise _invalid("Has a wrong check digit")
    return value


def _idanpr(value: str, _: str | None) -> str:
    """Take nine letters and digits, as the decree of 3 March 2023 says.

    The ninth is a check character, but how letters count in it is not published: not checked.
    """
    code = _ascii_upper(value)
    if not _IDANPR.fullmatch(code):
        raise _invalid("Is not of the form of an ID ANPR")
    return code


def _eidas(value: str, _: str | None) -> str:
    identifier = unicodedata.normalize("NFC", value)
    if len(identifier) > MAX_EIDAS_LENGTH or not _EIDAS.fullmatch(identifier):
        raise _invalid("Is not of the form of an eIDAS person identifier")
    return identifier


def _email(value: str, _: str | None) -> str:
    local, _at, domain = _nfc_lower(value).partition("@")
    if not local or "@" in domain or " " in local:
        raise _invalid("Is not an e-mail address")
    address = f"{local}@{_ascii_domain(domain)}"
    if len(local.encode()) > MAX_LOCAL_PART_BYTES or len(address.encode()) > MAX_EMAIL_BYTES:
        raise _invalid("Is too long for an e-mail address")
    return address


def _ascii_domain(domain: str) -> str:
    """Return the domain in its ASCII form (IDNA 2008, mapped as UTS 46 says)."""
    if not domain.isascii() or "xn--" in domain:
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except UnicodeError:  # IDNAError is one; its text holds the domain
            raise _invalid("Is not an e-mail address") from None
    if not _DOMAIN.fullmatch(domain):
        raise _invalid("Is not an e-mail address")
    return domain


def _phone(value: str, _: str | None) -> str:
    number = value.translate(_PHONE_PUNCTUATION)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if not _PHONE.fullmatch(number):
        raise _invalid("Is not a phone number with its country's prefix")
    return number


def _own(value: str, agency: str | None) -> str:
    """Take `agency:code` of the caller's own agency; the code's case counts."""
    named, colon, code = unicodedata.normalize("NFC", value).partition(":")
    if not colon or not code or code.startswith(" ") or len(code) > MAX_CODE_LENGTH:
        raise _invalid("Is not of the form agency:code")
    if agency is None or named != agency:
        raise _invalid("Does not begin with the caller's own agency")
    return f"{named}:{code}"


def _social(value: str, _: str | None) -> str:
    network, colon, handle = _nfc_lower(value).partition(":")
    handle = handle.removeprefix("@")
    if not colon or not _NETWORK.fullmatch(network) or not _is_handle(handle):
        raise _invalid("Is not of the form network:handle")
    return f"{network}:{handle}"


def _is_handle(handle: str) -> bool:
    return 0 < len(handle) <= MAX_HANDLE_LENGTH and not handle.startswith("@") and " " not in handle


def _ascii_upper(value: str) -> str:
    """Return it in upper case; refuse what is not ASCII, of which some would become it."""
    if not value.isascii():
        raise _invalid("Holds characters other than letters and digits")
    return value.upper()


def _nfc_lower(value: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).lower())


def _invalid(title: str) -> InvalidIdentifier:
    return InvalidIdentifier("/value", title)


_RULES: dict[str, Callable[[str, str | None], str]] = {
    Scheme.CF: _cf,
    Scheme.CF_PROVISIONAL: _cf_provisional,
    Scheme.IDANPR: _idanpr,
    Scheme.EIDAS: _eidas,
    Scheme.EMAIL: _email,
    Scheme.PHONE: _phone,
    Scheme.CUSTOMER: _own,
    Scheme.APP: _own,
    Scheme.VISITOR: _own,
    Scheme.SOCIAL: _social,
}
