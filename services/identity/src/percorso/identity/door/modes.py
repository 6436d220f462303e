"""The content modes of CloudEvents over HTTP: which the door reads, and a request's events in each."""

from collections.abc import Mapping

from percorso.identity.door.binary import BINARY, is_binary, structured
from percorso.identity.door.reading import READERS
from percorso.identity.door.refusals import UnsupportedMedia


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type without its parameters; UnsupportedMedia if the door does not read it."""
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_known = given in READERS or is_binary(given, headers)
    if not is_known or "content-encoding" in headers:
        known = ", ".join(sorted(READERS))
        raise UnsupportedMedia(detail=f"use one of {known}, or {BINARY} with ce- headers")
    return given


def events(kind: str, headers: Mapping[str, str], body: bytes) -> list[bytes]:
    """Return each event as one JSON object, of whichever media type; its data is untouched.

    MalformedBody, InvalidBatch or BodyTooLarge where the body as a whole is at fault.
    """
    return [structured(headers.items(), body)] if kind == BINARY else READERS[kind](body)
