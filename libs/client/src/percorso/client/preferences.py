"""Preferences: when a citizen must not be disturbed, said as that citizen."""

from pydantic import BaseModel, ConfigDict

from percorso.client.remote import Remote

_PATH = "/v1/preferences/me"


class Wishes(BaseModel):
    """How a citizen wants to be reached; members that this version does not know are ignored."""

    model_config = ConfigDict(frozen=True)

    quiet_hours: str | None


class Preferences:
    """Notifications' route for preferences; `token` is a citizen's."""

    def __init__(self, notifications: Remote) -> None:
        self._notifications = notifications

    def change(self, *, quiet_hours: str | None, token: str) -> Wishes:
        """Set the hours in which nothing rings, such as `21:00-08:00`; None: there are none."""
        body = {"quiet_hours": quiet_hours}
        answer = self._notifications.call("PUT", _PATH, token=token, body=body)
        return self._notifications.read(answer, Wishes)
