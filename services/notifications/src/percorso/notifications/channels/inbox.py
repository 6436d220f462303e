"""The channel inbox: the message is read in Percorso itself, so that nothing leaves."""

from percorso.notifications.channels.letter import Letter
from percorso.notifications.delivery.outcomes import Outcome


class Inbox:
    """Lets messages lie where their citizen finds them."""

    via = "inbox"
    span = "put into inbox"
    rings = False

    async def hand_over(self, letter: Letter, address: str | None) -> Outcome:  # noqa: ARG002 - a channel's form
        """Say that it is in place: it is when this outcome is stored."""
        return Outcome.IN_PLACE
