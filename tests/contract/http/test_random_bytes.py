"""Random bytes at the door over HTTP: no 5xx, nothing stored, nothing echoed."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from percorso.identity.door.binary import BINARY
from percorso.identity.door.reading import BATCH, LINES, SINGLE
from tests.support import records
from tests.support.doors import PREFIX
from tests.support.systems import System
from tests.unit.identity.door.strategies import MARK, broken, events

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

FOREIGN = b"urn:it:c_h501:"  # so that not even a sound event is accepted
NEARLY = st.one_of(st.binary(max_size=300), events(), broken()).map(
    lambda raw: raw.replace(PREFIX.encode(), FOREIGN)
)
BATCHES = st.lists(NEARLY, max_size=4).map(lambda parts: b"[" + b",".join(parts) + b"]")
IN_WORDS = st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), max_size=40)
bounded = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def client(system: System) -> Iterator[httpx.Client]:
    """Give a client that is an agency."""
    headers = {"Authorization": system.issuer.agency("identity")}
    with httpx.Client(base_url=system.identity, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_stored(system: System, kafka_address: str) -> Iterator[None]:
    """Assert after the test that it added no record."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        topic = runner.run(stack.enter_async_context(records.from_now(kafka_address)))
        yield
        assert runner.run(topic.count()) == 0
        runner.run(stack.aclose())


def said(answer: httpx.Response) -> str:
    """Return an answer's head and body without ids of rejected events, which it may repeat."""
    members = answer.json()
    for rejected in members.get("rejected", ()):
        rejected.pop("id")
    return f"{members} {answer.headers}"


@bounded
@given(raw=NEARLY)
def test_random_bytes_as_one_event_are_refused(client: httpx.Client, raw: bytes) -> None:
    answer = client.post("/v1/events", content=raw, headers={"Content-Type": SINGLE})

    assert answer.status_code in {400, 403, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARK not in said(answer)


@pytest.mark.parametrize("media_type", [BATCH, LINES])
@bounded
@given(raw=st.one_of(NEARLY, BATCHES))
def test_random_bytes_as_a_batch_are_refused(
    client: httpx.Client, media_type: str, raw: bytes
) -> None:
    answer = client.post("/v1/events", content=raw, headers={"Content-Type": media_type})

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARK not in said(answer)


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "source", "type", "time", "sequence", "data", "ext", "traceparent"]),
    st.one_of(IN_WORDS.map(lambda words: f"{MARK}{words}"), st.sampled_from(["%", "%ff", '"\\"'])),
)


@bounded
@given(raw=NEARLY, attributes=ATTRIBUTES)
def test_random_bytes_in_binary_mode_are_refused(
    client: httpx.Client, raw: bytes, attributes: dict[str, str]
) -> None:
    given = {"content-type": BINARY, "ce-specversion": "1.0"}
    given |= {f"ce-{name}": value for name, value in attributes.items()}
    headers = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]

    answer = client.post("/v1/events", content=raw, headers=headers)

    assert answer.status_code in {400, 403, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARK not in said(answer)


@bounded
@given(raw=st.binary(max_size=50), words=IN_WORDS, encoding=st.none() | IN_WORDS, query=st.text())
def test_random_headers_and_queries_are_refused(
    client: httpx.Client, raw: bytes, words: str, encoding: str | None, query: str
) -> None:
    media_type = f"{MARK}{words}"
    headers = {"Content-Type": media_type.encode("latin-1")}
    if encoding is not None:
        headers["Content-Encoding"] = encoding.encode("latin-1")

    answer = client.post(
        "/v1/events",
        content=raw,
        params={MARK: query, "validate": query},
        headers=[(name.encode(), value) for name, value in headers.items()],
    )

    assert answer.status_code == 415
    assert MARK not in said(answer)
