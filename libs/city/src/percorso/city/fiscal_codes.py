"""Fiscal codes of invented people, made as the tax office makes them, omocodes included."""

import re
from collections.abc import Container
from datetime import date

_MONTHS = "ABCDEHLMPRST"
_VOWELS = frozenset("AEIOU")
_OMOCODE_LETTERS = "LMNPQRSTUV"  # in place of the digits 0-9
_OMOCODE_PLACES = (14, 13, 12, 10, 9, 7, 6)  # the right-most digit is replaced first
_DIGIT = f"[0-9{_OMOCODE_LETTERS}]"
_FORM = re.compile(rf"[A-Z]{{6}}{_DIGIT}{{2}}[{_MONTHS}]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]")

# Decree of 23 December 1976, annex: what a digit or letter is worth in an odd place.
_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (*_ODD_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


class CodesUsedUp(Exception):
    """Eight people of one name were born at one place and day: there is no ninth code."""


def fiscal_code(
    surname: str, name: str, *, is_woman: bool, born: date, birthplace: str, taken: Container[str]
) -> str:
    """Make the code of a person; where another has it already, an omocode of it."""
    day = born.day + (40 if is_woman else 0)
    born_text = f"{born.year % 100:02}{_MONTHS[born.month - 1]}{day:02}"
    first15 = list(f"{_surname_part(surname)}{_name_part(name)}{born_text}{birthplace}")
    code = _checked(first15)
    for place in _OMOCODE_PLACES:
        if code not in taken:
            return code
        first15[place] = _OMOCODE_LETTERS[int(first15[place])]
        code = _checked(first15)
    if code in taken:
        raise CodesUsedUp
    return code


def provisional_code(number: int, office: int) -> str:
    """Make the eleven digits of a person who has no code yet: number of 1 to 9,999,999."""
    first10 = f"{number:07}{office:03}"
    doubled = (divmod(2 * int(digit), 10) for digit in first10[1::2])
    total = sum(map(int, first10[::2])) + sum(tens + ones for tens, ones in doubled)
    return f"{first10}{-total % 10}"


def is_fiscal_code(text: str) -> bool:
    """Say whether the text is of the form of a code, in upper case, with the right check letter."""
    return _FORM.fullmatch(text) is not None and _checked(list(text[:15])) == text


def is_omocode(code: str) -> bool:
    """Say whether a letter stands where a first holder's code has a digit."""
    return any(code[place].isalpha() for place in _OMOCODE_PLACES)


def _surname_part(surname: str) -> str:
    consonants, vowels = _split(surname)
    return f"{consonants}{vowels}XXX"[:3]


def _name_part(name: str) -> str:
    consonants, vowels = _split(name)
    if len(consonants) > 3:
        return consonants[0] + consonants[2] + consonants[3]
    return f"{consonants}{vowels}XXX"[:3]


def _split(name: str) -> tuple[str, str]:
    letters = [letter for letter in name.upper() if letter.isalpha()]
    vowels = "".join(letter for letter in letters if letter in _VOWELS)
    return "".join(letter for letter in letters if letter not in _VOWELS), vowels


def _checked(first15: list[str]) -> str:
    odd = sum(_ODD_LETTERS[_worth(character)] for character in first15[::2])
    even = sum(_worth(character) for character in first15[1::2])
    return "".join(first15) + chr(ord("A") + (odd + even) % 26)


def _worth(character: str) -> int:
    return int(character) if character.isdigit() else ord(character) - ord("A")
