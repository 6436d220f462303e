"""Why a login comes to nothing: for operators in full, for the portal in five words."""

from enum import StrEnum


class Fault(StrEnum):
    """The closed list of reasons; stands in logs and metrics."""

    UNKNOWN_STATE = "unknown-state"
    OTHER_BROWSER = "other-browser"
    OTHER_PROVIDER = "other-provider"
    CANCELLED = "cancelled"
    PROVIDER_ERROR = "provider-error"
    CODE = "code"
    ANSWER = "answer"
    SIGNATURE = "signature"
    ID_TOKEN = "id-token"  # noqa: S105 - a reason, no secret
    LEVEL = "level"
    USER_INFO = "user-info"
    OTHER_SUBJECT = "other-subject"
    FISCAL_NUMBER = "fiscal-number"
    AWAY = "away"


class Told(StrEnum):
    """What the portal is told, so that it can tell the citizen."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"
    LEVEL = "level-too-low"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"


_TOLD = {
    Fault.UNKNOWN_STATE: Told.EXPIRED,
    Fault.OTHER_BROWSER: Told.EXPIRED,
    Fault.CANCELLED: Told.CANCELLED,
    Fault.LEVEL: Told.LEVEL,
    Fault.AWAY: Told.UNAVAILABLE,
}


class Refused(Exception):
    """The login comes to nothing; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def told(fault: Fault) -> Told:
    """Return what of a fault concerns the citizen; of an answer that is wrong, only that it is."""
    return _TOLD.get(fault, Told.REFUSED)
