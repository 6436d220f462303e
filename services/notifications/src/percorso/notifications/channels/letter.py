"""A letter: one message in the form in which a channel takes it; pure."""

from typing import NamedTuple
from uuid import UUID

from percorso.notifications.preferences.preferences import Language
from percorso.notifications.texts.rendering import Text


class Letter(NamedTuple):
    """What a channel hands over; `rests_on_consent` where the citizen may take that back."""

    message_id: UUID
    text: Text
    language: Language
    rests_on_consent: bool
