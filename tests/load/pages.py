"""read.page: the store's function on one connection beside pgbench, and the API beside both."""

import asyncio
import json
import os
import random
import subprocess
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from pydantic import SecretStr

from percorso.chassis.postgres import open_pool, transaction
from percorso.chassis.settings import PostgresSettings
from percorso.journey.timelines import store
from percorso.local import postgres
from tests.load import http, rows
from tests.load.results import Budget, Figure, Spread, interleaved, percentile, ratios, spreads
from tests.load.system import Server, System

ROWS, EACH = 1_000_000, 100
LINKED, LINKED_ROWS = 50, 100_000
READERS = 100
SECONDS = 3.0
LIMIT = 50
MS = 1e3
PLANNING = "-c plan_cache_mode=force_generic_plan -c jit=off"  # as the services plan

# The statement's parameters as pgbench computes them; subjects are numbered.
_SUBJECT = "('00000000-0000-8000-8000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid"
_GIVEN = {
    1: _SUBJECT, 2: "'-infinity'::timestamptz", 3: "'infinity'::timestamptz",
    10: "'infinity'::timestamptz", 11: "9223372036854775807",
    12: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid", 13: f"{LIMIT}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """A citizen who reads over HTTP."""

    subject: UUID
    headers: dict[str, str]


def numbered(number: int) -> UUID:
    """Return the subject of a number."""
    return UUID(f"00000000-0000-8000-8000-{number:012x}")


def figures(bench: System) -> list[Figure]:
    """Read first pages of a hundred rows' timelines among a million, and all pages of 50 linked."""
    with bench.identity():
        readers = [_reader(bench, number) for number in range(READERS)]
        asyncio.run(_fill(bench, readers))
        with bench.journey() as server:
            taken = interleaved(
                bench.rounds,
                {
                    "pgbench": lambda: pgbench_per_s(bench.stack.run["postgres"]["journey"]),
                    "store": lambda: uvloop.run(_read(bench)),
                    "http": lambda: uvloop.run(_asked(server, readers)),
                },
            )
            linked = [uvloop.run(_leafed(server, readers[0])) for _ in range(bench.rounds)]
    rate = spreads(taken)
    return [
        Figure(
            "read.page, one subject",
            "of pgbench",
            ratios(taken["store"], taken["pgbench"]),
            {
                "pages/s, one connection": rate["store"],
                "pgbench, pages/s": rate["pgbench"],
                "HTTP, one client, pages/s": rate["http"],
            },
            Budget(0.6, 0.8, at_least=True),
        ),
        Figure(
            f"read.page, {LINKED} linked subjects, p95",
            "ms over HTTP",
            Spread.of([percentile(seconds, 0.95) * MS for seconds, _ in linked]),
            {"p50, ms": Spread.of([percentile(seconds, 0.5) * MS for seconds, _ in linked])},
            Budget(100.0),
            next((void for _, void in linked if void), None),
        ),
    ]


def _reader(bench: System, number: int) -> Reader:
    identifier = {"scheme": "email", "value": f"reader{number}@percorso.example"}
    headers = bench.stack.token(caller="citizen", identifier=identifier)
    payload = headers["Authorization"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Reader(UUID(claims["sub"]), headers)


async def _fill(bench: System, readers: Sequence[Reader]) -> None:
    url = bench.admin_url("journey")
    many = [numbered(number) for number in range(ROWS // EACH)]
    await rows.fill(url, ROWS, many)
    await rows.fill(url, READERS * EACH, [reader.subject for reader in readers[1:]])
    linked = sorted([readers[0].subject, *map(numbered, range(1 << 40, (1 << 40) + LINKED - 1))])
    await rows.fill(url, LINKED_ROWS, linked)
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany(
            "INSERT INTO linked_subjects (subject, members) VALUES ($1, $2)",
            [(subject, linked) for subject in linked],
        )
    finally:
        await connection.close()


def pgbench_per_s(url: str) -> float:
    """Return how often a second pgbench reads the first page of a random timeline."""
    statement = store.SQL["page_descending"]
    for number in range(13, 0, -1):
        statement = statement.replace(f"${number}", _GIVEN.get(number, "NULL"))
    script = f"\\set number random(0, {ROWS // EACH - 1})\n{statement}"
    command = [postgres.binary("pgbench"), "-n", "-M", "prepared", "-T", f"{SECONDS:g}", "-f", "-"]
    done = subprocess.run(
        [*command, url],
        input=script, capture_output=True, text=True, check=True,
        env={**os.environ, "PGOPTIONS": PLANNING},
    )  # fmt: skip
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


async def _read(bench: System) -> float:
    """Return how often a second the store's function reads such a page on one connection."""
    async with connected(bench.stack.run["postgres"]["journey"]) as connection:
        seconds = await first_pages(connection, ROWS // EACH, SECONDS)
    return len(seconds) / sum(seconds)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[asyncpg.Pool]:
    """Yield a pool of connections set up as the services' are."""
    async with open_pool(PostgresSettings(postgres=SecretStr(url)), "bench") as pool:
        yield pool


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield one of them in a transaction."""
    async with opened(url) as pool, transaction(pool) as connection:
        yield connection


async def first_pages(connection: asyncpg.Connection, subjects: int, seconds: float) -> list[float]:
    """Read first pages of numbered timelines for so long; return how long each took."""
    chance, taken = random.Random(1), list[float]()
    page = partial(store.page, wanted=store.Selection(), order="desc", after=None, limit=LIMIT)
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        found = await page(connection, numbered(chance.randrange(subjects)))
        taken.append(time.perf_counter() - begun)
        if len(found) != LIMIT:
            raise RuntimeError(f"a page of {len(found)} rows")
    return taken


async def _asked(server: Server, readers: Sequence[Reader]) -> float:
    """Return how many pages a second one client gets over HTTP."""
    requests = [_request(server, reader) for reader in readers[1:]]
    answers = 0
    async with http.connected(server.url, 1) as (connection,):
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            answer = await connection.ask(requests[answers % len(requests)])
            if answer.status != 200:
                raise RuntimeError(f"a page was answered with {answer.status}")
            answers += 1
    return answers / SECONDS


async def _leafed(server: Server, reader: Reader) -> tuple[list[float], str | None]:
    """Read a whole timeline page by page; return how long each took, and what is wrong with it."""
    seconds, items, cursor = list[float](), list[tuple[str, str]](), ""
    async with http.connected(server.url, 1) as (connection,):
        while True:
            begun = time.perf_counter()
            answer = await connection.ask(_request(server, reader, cursor))
            seconds.append(time.perf_counter() - begun)
            page: dict[str, Any] = json.loads(answer.body)
            items += [(item["occurred_at"], item["id"]) for item in page["items"]]
            if page["next_cursor"] is None:
                return seconds, _fault(items)
            cursor = f"&cursor={page['next_cursor']}"


def _fault(items: Sequence[tuple[str, str]]) -> str | None:
    if len(items) != LINKED_ROWS or len(set(items)) != LINKED_ROWS:
        return f"{len(items)} items, {len(set(items))} of them distinct, of {LINKED_ROWS}"
    is_ordered = all(before[0] >= after[0] for before, after in pairwise(items))
    return None if is_ordered else "the pages are out of order"


def _request(server: Server, reader: Reader, cursor: str = "") -> bytes:
    return http.get(f"{server.url}/v1/timelines/me?limit={LIMIT}{cursor}", reader.headers)
