"""Why the door refuses a request or one of its events.

Problem
  MalformedBody 400, UnknownAgency 403, BodyTooLarge 413, UnsupportedMedia 415, InvalidBatch 422
  Refused: one event
    ForeignSource 403
    InvalidEvent, UnknownType, InvalidCitizen, InvalidTouchpoint, OverLimit 422
  NothingAccepted 422: a batch whose events were all refused
"""

from typing import ClassVar

from percorso.chassis.problems import Problem


class UnknownAgency(Problem):
    """The token is good, but its agency is not registered here."""

    status = 403
    slug = "unknown-agency"
    title = "The agency is not registered"


class BodyTooLarge(Problem):
    """The body is larger than a request may be."""

    status = 413
    slug = "body-too-large"
    title = "The body is too large"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Connection": "close"})


class UnsupportedMedia(Problem):
    """The media type is none that the door reads."""

    status = 415
    slug = "unsupported-media-type"
    title = "The media type is not supported"


class InvalidBatch(Problem):
    """The batch as a whole is not one."""

    status = 422
    slug = "invalid-batch"
    title = "The batch is not valid"


class NothingAccepted(Problem):
    """Every event of the batch was refused."""

    status = 422
    slug = "nothing-accepted"
    title = "No event of the batch was accepted"


class Refused(Problem):
    """One event is refused; `pointer` names the place in it, by members of the catalogue only."""

    status: ClassVar[int] = 422

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, pointer=pointer)
        self.pointer = pointer

    def summary(self) -> dict[str, str]:
        """Return the problem as it stands in `rejected`."""
        return {
            "type": f"urn:percorso:problem:{self.slug}",
            "title": self.title,
            "pointer": self.pointer,
            "detail": self.detail or "",
        }


class ForeignSource(Refused):
    """The source belongs to no prefix of the calling agency."""

    status = 403
    slug = "foreign-source"
    title = "The source is not the calling agency's"


class InvalidEvent(Refused):
    """The envelope is not a CloudEvent as the contract wants it."""

    slug = "invalid-event"
    title = "The event is not valid"


class UnknownType(Refused):
    """The catalogue has no such type that an agency may send."""

    slug = "unknown-type"
    title = "The type is not one that agencies may send"


class InvalidCitizen(Refused):
    """The identifier is not valid in its scheme."""

    slug = "invalid-identifier"
    title = "The citizen's identifier is not valid"


class InvalidTouchpoint(Refused):
    """The payload does not follow its type."""

    slug = "invalid-touchpoint"
    title = "The touchpoint does not follow its type"


class OverLimit(Refused):
    """Something is larger, longer or further away in time than it may be."""

    slug = "over-limit"
    title = "A limit is exceeded"
