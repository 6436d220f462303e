"""A citizen's preferences as a value, and how quiet hours are written; pure."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Literal

from percorso.notifications.preferences.quiet_hours import DEFAULT, QuietHours

Language = Literal["it", "en"]
FORM = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"


@dataclass(frozen=True, slots=True)
class Preferences:
    """When nothing may ring (None: no such time), and in which language to write."""

    quiet_hours: QuietHours | None = DEFAULT
    language: Language = "it"


def written(hours: QuietHours | None) -> str | None:
    """Write quiet hours as `21:00-08:00`."""
    return hours and f"{hours.begin:%H:%M}-{hours.end:%H:%M}"


def read(text: str | None) -> QuietHours | None:
    """Read what `written` wrote; ValueError where it is not that, or says no time at all."""
    if text is None:
        return None
    if not re.fullmatch(FORM, text):
        raise ValueError("quiet hours are written as 21:00-08:00")
    begin, end = map(time.fromisoformat, text.split("-"))
    if begin == end:
        raise ValueError("quiet hours begin and end at different times")
    return QuietHours(begin, end)
