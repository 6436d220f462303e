"""The codice fiscale of a person: its form with omocodes, and its check characters."""

import re

_DIGIT = "[0-9LMNPQRSTUV]"  # an omocode has one of these letters where a digit stood
_MONTH = "[ABCDEHLMPRST]"
# 01-31 for men and 41-71 for women: 01-09 and 41-49, 10-29 and 50-69, 30-31 and 70-71.
_DAY = f"(?:[04LQ][1-9MNPQRSTUV]|[1256MNRS]{_DIGIT}|[37PT][01LM])"
_FORM = re.compile(f"[A-Z]{{6}}{_DIGIT}{{2}}{_MONTH}{_DAY}[A-Z]{_DIGIT}{{3}}[A-Z]")
_PROVISIONAL_FORM = re.compile("[0-9]{11}")
_NO_PERSON = "0000000"

# Decree of 23 December 1976, annex: values of characters in odd places (the first is odd),
# where 0-9 count as A-J; in even places a character is worth its position in the alphabet.
_CHARACTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ODD_TENS = bytes([1, 0, 5, 7, 9, 13, 15, 17, 19, 21])
_ODD_REST = bytes([2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23])
_ODD = bytes.maketrans(_CHARACTERS, _ODD_TENS + _ODD_TENS + _ODD_REST)
_EVEN = bytes.maketrans(_CHARACTERS, bytes(range(10)) + bytes(range(26)))
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def has_form(code: str) -> bool:
    """Whether the 16 upper-case characters are where a fiscal code has them."""
    return _FORM.fullmatch(code) is not None


def check_letter(first15: str) -> str:
    """Return the sixteenth character of a code, of its first fifteen (upper-case ASCII)."""
    characters = first15.encode("ascii")
    total = sum(characters[::2].translate(_ODD)) + sum(characters[1::2].translate(_EVEN))
    return _LETTERS[total % 26]


def has_provisional_form(code: str) -> bool:
    """Whether it is eleven digits whose first seven, the person's number, are not all zero.

    Bodies have codes of the same form; no published rule tells the two apart, so the scheme's
    name is the agency's word that it is a person.
    """
    return _PROVISIONAL_FORM.fullmatch(code) is not None and not code.startswith(_NO_PERSON)


def check_digit(first10: str) -> str:
    """Return the eleventh digit of a provisional code, computed as for a partita IVA.

    Decree of 23 December 1976, article 7: digits in even places count double, less 9 above 9.
    """
    odd = sum(int(digit) for digit in first10[::2])
    even = sum(divmod(2 * int(digit), 10)[0] + 2 * int(digit) % 10 for digit in first10[1::2])
    return str(-(odd + even) % 10)
