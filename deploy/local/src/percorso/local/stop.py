"""Hears the signals that ask the stack to end."""

import signal

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopAsked(Exception):
    """The person or the system wants the stack to end."""


class Stop:
    """Remembers that a signal came; the code looks where it is safe to stop."""

    def __init__(self) -> None:
        self._is_asked = False

    def listen(self) -> None:
        """Take the signals from now on; only in the main thread."""
        for number in SIGNALS:
            signal.signal(number, self._ask)

    def check(self) -> None:
        """Raise if a signal came."""
        if self._is_asked:
            raise StopAsked

    def _ask(self, *_: object) -> None:
        self._is_asked = True
