"""HTTP requests, read as the door reads them before it judges what is in them."""

import json

import pytest
from behave import given, then, when
from behave.runner import Context
from starlette.datastructures import Headers

from percorso.identity.door import modes
from percorso.identity.door.refusals import UnsupportedMedia


@given("an HTTP request")
def an_http_request(context: Context) -> None:
    """Keep the request's head, as a server hands it to an ASGI application, and its body."""
    head, _, body = str(context.text).partition("\n\n")
    _, *lines = head.splitlines()
    fields = [line.split(": ", 1) for line in lines]
    context.headers = Headers(
        raw=[(name.lower().encode(), value.encode("latin-1")) for name, value in fields]
    )
    context.body = body.encode()


@when("parsed as HTTP request")
def parse_request(context: Context) -> None:
    """Read the one event of the request."""
    media_type = modes.media_type(context.headers)
    (event,) = modes.events(media_type, context.headers, context.body)
    context.attributes = json.loads(event)
    context.data = json.dumps(context.attributes.pop("data"))


@then("it is refused over HTTP with status 415")
def is_no_event(context: Context) -> None:
    """Show that the request is of no mode that the door reads."""
    assert UnsupportedMedia.status == 415
    with pytest.raises(UnsupportedMedia):
        modes.media_type(context.headers)
