"""How times, amounts and numbers are written for people, in Italy and in either language; pure."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal

from percorso.portal.pages.languages import Language

ROME = ZoneInfo("Europe/Rome")
_LOCALES = {"it": "it_IT", "en": "en_GB"}


def day(value: date, language: Language) -> str:
    """Write a day: 4 maggio 2026."""
    return format_date(value, "d MMMM y", locale=_LOCALES[language])


def month(value: date, language: Language) -> str:
    """Write a month as a heading: Maggio 2026."""
    text: str = format_skeleton("yMMMM", value, locale=_LOCALES[language])
    return text[:1].upper() + text[1:]


def moment(value: datetime, language: Language) -> str:
    """Write an instant by the clocks of Italy: 4 maggio 2026, 12:00."""
    locale, there = _LOCALES[language], value.astimezone(ROME)
    return f"{format_date(there, 'd MMMM y', locale=locale)}, {format_time(there, 'HH:mm', locale=locale)}"


def hour(value: datetime, language: Language) -> str:
    """Write day and time where the year is plain: 4 mag, 12:00."""
    there = value.astimezone(ROME)
    return format_datetime(there, "d MMM, HH:mm", tzinfo=ROME, locale=_LOCALES[language])


def money(cents: int, language: Language) -> str:
    """Write an amount in euros."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=_LOCALES[language])


def number(value: float, language: Language) -> str:
    """Write a number."""
    return format_decimal(value, locale=_LOCALES[language])


def duration(seconds: float, language: Language) -> str:
    """Write how long something took, rounded as people say it."""
    took = timedelta(seconds=seconds)
    return format_timedelta(took, threshold=1.5, locale=_LOCALES[language])


def day_of(instant: datetime) -> date:
    """Return the day of an instant by the clocks of Italy."""
    return instant.astimezone(ROME).date()
