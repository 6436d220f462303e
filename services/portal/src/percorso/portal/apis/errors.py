"""What may go wrong when a service is asked.

ApiError
  Away      it does not answer now, or not in the form that was agreed: the rest of the page is shown
  Ended     it does not take the visitor's token any more: log in again
  Refused   it has understood, and says no
"""


class ApiError(Exception):
    """Asking a service has not given what was asked for."""


class Away(ApiError):
    """The service cannot answer now."""


class Ended(ApiError):
    """The token opens nothing any more."""


class Refused(ApiError):
    """The service says no; `slug` is the problem's kind.

    `pointers` are the members that are wrong, `level` is the one to log in at, where it says so.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        pointers: frozenset[str] = frozenset(),
        level: int | None = None,
    ) -> None:
        super().__init__("the service refuses")
        self.status = status
        self.slug = slug
        self.pointers = pointers
        self.level = level
