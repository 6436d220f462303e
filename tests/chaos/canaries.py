"""Looks for canaries wherever text may end up: logs, spans, metrics, topic, tables and answers."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import httpx

from tests.chaos import audit
from tests.chaos.ledger import Answered, Decided, Entry, NotRead, Offended
from tests.chaos.poison import TopicRecord
from tests.chaos.stack import Stack
from tests.chaos.subjects import Subject

WINDOW_MS = 4_000  # of spans in one question to Zipkin, whose memory is small
MOST_TRACES = 3_000
SPANS_TIMEOUT_S = 30.0
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){16,}")


@dataclass(frozen=True, slots=True)
class Canaries:
    """What must not be found; `text` stands for message texts, `poison` for planted records."""

    identifiers: Sequence[str]
    text: str
    poison: str

    def everywhere(self) -> list[bytes]:
        """Return all of them, for places where none of them may be."""
        return [*self.behind_the_door(), *_upper([self.text, self.poison])]

    def behind_the_door(self) -> list[bytes]:
        """Return the identifiers alone, for places that hold the touchpoints themselves."""
        return _upper(self.identifiers)


def of_seed(seed: int, subjects: Iterable[Subject]) -> Canaries:
    """Return the canaries of a run."""
    identifiers = [subject.canary for subject in subjects]
    return Canaries(identifiers, f"canarytext{seed}x", f"canarypoison{seed}x")


@dataclass(frozen=True, slots=True)
class Surface:
    """A place that was searched: how much it held, and which canaries."""

    name: str
    bytes: int
    found: list[str]


def search(name: str, content: bytes, canaries: Sequence[bytes]) -> Surface:
    """Look for canaries in whatever case, also where they are encoded."""
    opened = b"\n".join([content, *_decoded(content)]).upper()
    return Surface(name, len(content), [each.decode() for each in canaries if each in opened])


def _decoded(content: bytes) -> Iterator[bytes]:
    if b"%" in content:
        yield unquote_to_bytes(content)
    for run in set(_HEX.findall(content)):
        yield binascii.unhexlify(run)
    for run in set(_BASE64.findall(content)):
        plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        yield base64.b64decode(plain[: len(plain) // 4 * 4])


def _upper(texts: Iterable[str]) -> list[bytes]:
    return [text.upper().encode() for text in texts]


async def search_all(
    stack: Stack,
    canaries: Canaries,
    *,
    entries: Sequence[Entry],
    topic: Sequence[TopicRecord],
    facts: Sequence[TopicRecord],
    metrics: bytes,
    letters: bytes,
) -> list[Surface]:
    """Search every surface of a run that is over, with the stack still up."""
    strict, lax = canaries.everywhere(), canaries.behind_the_door()
    traces = await _traces(stack, entries)
    return [
        *(search(f"log {name}", log, strict) for name, log in stack.logs().items()),
        search("spans", traces, strict),
        search("metrics", metrics, strict),
        search("topic keys and headers", b"\n".join(_attributes(topic)), strict),
        search("topic values", b"\n".join(record.value or b"" for record in topic), lax),
        search("facts' keys and headers", b"\n".join(_attributes(facts)), strict),
        search("facts' values", b"\n".join(record.value or b"" for record in facts), strict),
        search("answers", b"\n".join(_answers(entries)), strict),
        search("dead letters as listed", letters, strict),
        *[
            search(f"table {name}", content, lax)
            for name, content in (await _tables(stack)).items()
        ],
    ]


def _attributes(topic: Iterable[TopicRecord]) -> Iterator[bytes]:
    for record in topic:
        if record.planted is None:
            yield record.key or b""
            yield from (value for _, value in record.headers)


def _answers(entries: Iterable[Entry]) -> Iterator[bytes]:
    for entry in entries:
        if isinstance(entry, Answered | Decided | Offended | NotRead):
            yield entry.body.encode()


async def _traces(stack: Stack, entries: Sequence[Entry]) -> bytes:
    """Return every trace of the run as Zipkin's JSON."""
    instants = [entry.at for entry in entries if isinstance(entry, Answered)]
    first_ms, last_ms = int(min(instants) * 1_000), int(max(instants) * 1_000)
    pages = []
    async with httpx.AsyncClient(timeout=SPANS_TIMEOUT_S, trust_env=False) as client:
        for end_ms in range(first_ms, last_ms + 2 * WINDOW_MS, WINDOW_MS):
            asked = {"endTs": end_ms, "lookback": WINDOW_MS, "limit": MOST_TRACES}
            answer = await client.get(f"{stack.addresses['traces']}/api/v2/traces", params=asked)
            answer.raise_for_status()
            pages.append(answer.content)
    return b"\n".join(pages)


async def _tables(stack: Stack) -> Mapping[str, bytes]:
    """Return every table of both services as text, partitions within their parents."""
    texts = {}
    for service in ("identity", "journey"):
        connection = await audit.connect(stack, service)
        try:
            await connection.execute("SET bytea_output = 'escape'")
            for (name,) in await connection.fetch(_TABLES):
                rows = await connection.fetch(f'SELECT t::text FROM "{name}" AS t')  # noqa: S608
                texts[f"{service}.{name}"] = "\n".join(row[0] for row in rows).encode()
        finally:
            await connection.close()
    return texts


_TABLES = """
SELECT relname
FROM pg_class
WHERE relnamespace = 'public'::regnamespace
  AND relkind IN ('r', 'p')
  AND NOT relispartition
"""
