"""Writes the letter of a message: its text in the citizen's language, with its code; pure."""

from uuid import UUID

from percorso.events.types.own import DUTIES, SuggestionMade
from percorso.notifications.channels.letter import Letter
from percorso.notifications.preferences.preferences import Language
from percorso.notifications.texts.rendering import Frame, render
from percorso.notifications.verification import codes


class Letters:
    """Writes letters; `code_key` makes their codes."""

    def __init__(self, code_key: bytes, frame: Frame) -> None:
        self._code_key = code_key
        self._frame = frame

    def write(
        self, message_id: UUID, suggestion: str, language: Language, *, tells_why: bool
    ) -> Letter:
        """Return the letter of a message whose suggestion is this JSON, always with the same words."""
        made = SuggestionMade.model_validate_json(suggestion)
        code = codes.code(self._code_key, message_id)
        text = render(made, language, code, self._frame, tells_why=tells_why)
        return Letter(message_id, text, language, rests_on_consent=made.purpose != DUTIES)
