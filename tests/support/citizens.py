"""Invented citizens: identifiers that are formally valid and belong to nobody."""

from random import Random

from percorso.identity.subjects import fiscal_codes

_CONSONANTS = "BCDFGLMNPRSTVZ"
_MONTHS = "ABCDEHLMPRST"
_OMOCODE_LETTERS = "LMNPQRSTUV"  # in place of the digits 0-9
_OMOCODE_PLACES = (14, 13, 12, 10, 9, 7, 6)  # the right-most digit is replaced first


def a_fiscal_code(random: Random) -> str:
    """Make a codice fiscale of a person born in the first twenty-eight days of a month."""
    letters = "".join(random.choices(_CONSONANTS, k=6))
    day = random.randint(1, 28) + random.choice((0, 40))
    born = f"{random.randint(0, 99):02}{random.choice(_MONTHS)}{day:02}"
    return _checked(f"{letters}{born}{random.choice('ABCDEFGHILMZ')}{random.randint(1, 999):03}")


def an_omocode(random: Random) -> str:
    """Make a code of which one to seven digits became letters because another person had it."""
    characters = list(a_fiscal_code(random)[:15])
    for place in _OMOCODE_PLACES[: random.randint(1, len(_OMOCODE_PLACES))]:
        characters[place] = _OMOCODE_LETTERS[int(characters[place])]
    return _checked("".join(characters))


def a_provisional_code(random: Random) -> str:
    """Make the eleven digits of a person who has no codice fiscale yet."""
    first10 = f"{random.randint(1, 9_999_999):07}{random.randint(1, 999):03}"
    return f"{first10}{fiscal_codes.check_digit(first10)}"


def _checked(first15: str) -> str:
    return f"{first15}{fiscal_codes.check_letter(first15)}"
