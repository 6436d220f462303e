"""CloudEvents in binary mode: attributes as `ce-` headers, the body as data (HTTP binding 1.0.2)."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import msgspec

from percorso.chassis.problems import MalformedBody
from percorso.identity.door.reading import single

BINARY = "application/json"
MARK = "ce-specversion"
_PREFIX = "ce-"
_NO_ATTRIBUTES = {"ce-data", "ce-datacontenttype"}  # the body, and the header Content-Type
_QUOTED = re.compile(r'"(.*)"')
_ESCAPED = re.compile(r"\\(.)")


def is_binary(media_type: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is one event in binary mode: JSON, with the header that marks it."""
    return media_type == BINARY and MARK in headers


def structured(headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """Return the event as one JSON object, its data byte for byte as it was sent.

    MalformedBody if the body is not one JSON value: it must not add members of its own.
    """
    (data,) = single(body)
    attributes = {}
    for name, value in headers:
        if name == "content-type":
            attributes["datacontenttype"] = value
        elif name.startswith(_PREFIX) and name not in _NO_ATTRIBUTES:
            attributes[name.removeprefix(_PREFIX)] = _decoded(value)
    return msgspec.json.encode(attributes | {"data": msgspec.Raw(data)})


def _decoded(value: str) -> str:
    """Read a header's value: perhaps quoted, and percent-encoded UTF-8, since headers are ASCII."""
    if quoted := _QUOTED.fullmatch(value):
        value = _ESCAPED.sub(r"\1", quoted[1])
    try:
        return unquote(value.encode("latin-1").decode(), errors="strict")
    except UnicodeDecodeError:
        raise MalformedBody(detail="a ce- header is not percent-encoded UTF-8") from None
