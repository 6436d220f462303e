"""Whether the loop has come to rest, by what its services say of themselves."""

from collections.abc import Mapping
from typing import Any

Status = Mapping[str, Any]
# A service knows of records by the end offsets that it reads every second, and a relay looks every
# second for what another process has added: what was published just now may not have been seen yet.
LOOKS, LOOK_EVERY_S = 4, 1.0


def rests(*, insights: Status, notifications: Status, journey: Status) -> bool:
    """Say whether all is consumed, all are decided about, and no message waits or is on its way.

    A service that is away has an empty status, and does not rest.
    """
    return (
        all(map(_is_level, (insights, notifications, journey)))
        and insights["decisions"]["waiting"] == 0
        and notifications["messages"]["waiting"] == 0
        and notifications["messages"]["sending"] == 0
    )


def _is_level(status: Status) -> bool:
    return (status.get("lag"), status.get("freshness_ms")) == (0, 0)
