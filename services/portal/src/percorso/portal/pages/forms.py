"""What a browser sends in a form: bounded, each field once."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

MAX_BYTES = 16_384  # the longest field is a token
MAX_FIELDS = 50
MARK = "form"  # the field that says whose form it is


async def fields_of(request: Request) -> Mapping[str, str]:
    """Return the fields; none where it is too long, unreadable, or has a field twice."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            return {}
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return {}
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}
