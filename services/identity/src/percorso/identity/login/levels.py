"""How sure a login is: SPID's three levels, which CIE names in the same way."""

HIGHEST = 3
_NAMES = {level: f"https://www.spid.gov.it/SpidL{level}" for level in range(1, HIGHEST + 1)}
_LEVELS = {name: level for level, name in _NAMES.items()}


def name_of(level: int) -> str:
    """Return what a level is called in a request and in an answer (`acr`)."""
    return _NAMES[level]


def reached(acr: object, asked: int) -> int | None:
    """Return the level that a provider has checked; None where it is none, or below what was asked."""
    level = _LEVELS.get(acr, 0) if isinstance(acr, str) else 0
    return level if level >= asked else None
