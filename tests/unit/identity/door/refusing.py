"""How an event is refused: the slug of its problem and the place of its fault."""

from datetime import datetime
from typing import Any

import pytest

from percorso.identity.door.refusals import Refused
from tests.support.doors import (
    NOW,
    an_event,
    judged,
    written,
)


def refusal(raw: bytes, now: datetime = NOW) -> tuple[str, str]:
    """Return slug and pointer with which the event is refused."""
    with pytest.raises(Refused) as caught:
        judged(raw, now)
    return caught.value.slug, caught.value.pointer


def an_event_with(**attributes: Any) -> dict[str, Any]:
    """Return an event of which any attribute may be changed."""
    return an_event(**attributes)


def of(event: Any) -> tuple[str, str]:
    """Return how an event is refused."""
    return refusal(written(event))


def of_touchpoint(touchpoint: object, **more: Any) -> tuple[str, str]:
    """Return how a payload is refused: its slug, and the pointer within it."""
    slug, pointer = of(an_event(touchpoint, **more))
    assert pointer.startswith("/data/touchpoint")
    return slug, pointer.removeprefix("/data/touchpoint")
