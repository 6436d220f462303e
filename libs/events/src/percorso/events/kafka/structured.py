"""Reads CloudEvents in structured mode: records whose value is the whole event as JSON.

Percorso writes binary mode alone; the Kafka binding wants readers to know both.
"""

from collections.abc import Mapping

import msgspec

from percorso.events.errors import Reason, Unprocessable
from percorso.events.limits import MAX_EVENT_BYTES

MEDIA_TYPE = b"application/cloudevents+json"
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ATTRIBUTE = msgspec.json.Decoder(str | int | bool | None)


def in_binary(
    headers: Mapping[str, bytes], value: bytes
) -> tuple[Mapping[str, bytes], bytes | None]:
    """Return the headers and the value that the same event has in binary mode; data is untouched.

    Unprocessable where the record is in neither mode, or its value is no JSON object.
    """
    if not (headers.get("content-type") or b"").lower().startswith(MEDIA_TYPE):
        raise Unprocessable(Reason.MISSING_ATTRIBUTE)
    if len(value) > MAX_EVENT_BYTES:
        raise Unprocessable(Reason.TOO_LARGE)
    try:
        members = _MEMBERS.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    data = members.pop("data", None)
    return {**headers, **_attributes(members)}, None if data is None else bytes(data)


def _attributes(members: Mapping[str, msgspec.Raw]) -> dict[str, bytes]:
    try:
        said = {name: _ATTRIBUTE.decode(raw) for name, raw in members.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unprocessable(Reason.INVALID_ATTRIBUTE) from None
    return {f"ce_{name}": str(text).encode() for name, text in said.items() if text is not None}
