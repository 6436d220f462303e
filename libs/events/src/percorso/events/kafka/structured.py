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
    if not _is_structured(headers):
        raise Unprocessable(Reason.MISSING_ATTRIBUTE)
    try:
        members = _MEMBERS.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    data = members.pop("data", None)
    return {**headers, **_attributes(members)}, None if data is None else bytes(data)


def limit(headers: Mapping[str, bytes]) -> int:
    """Return how many bytes the value of a record may have beyond those of a payload; 0: none."""
    return MAX_EVENT_BYTES if _is_structured(headers) else 0


def _is_structured(headers: Mapping[str, bytes]) -> bool:
    return (headers.get("content-type") or b"").partition(b";")[0].strip().lower() == MEDIA_TYPE


def _attributes(members: Mapping[str, msgspec.Raw]) -> dict[str, bytes]:
    try:
        values = {name: _ATTRIBUTE.decode(raw) for name, raw in members.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unprocessable(Reason.INVALID_ATTRIBUTE) from None
    return {f"ce_{name}": _text(said).encode() for name, said in values.items() if said is not None}


def _text(said: str | int | bool) -> str:  # noqa: FBT001 - a value that was sent
    if isinstance(said, bool):
        return "true" if said else "false"
    return str(said)
