"""The synthetic city's events as requests, distinct and of all its agencies."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from percorso.city.city import City
from percorso.city.noise import Sending
from percorso.city.stream import events
from tests.load import http

BATCH = 100
ARRAY = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
SINGLE = "application/cloudevents+json"
PEOPLE = 2_000

Headers = Callable[[str], Mapping[str, str]]  # an agency's code to what its requests carry


class Parcel(NamedTuple):
    """Up to a hundred events of one agency."""

    agency: str
    raws: tuple[bytes, ...]


def sendings(seed: int, count: int) -> list[Sending]:
    """Return so many events of the last two years, none of them twice."""
    city = City(seed, PEOPLE, start=date.today() - timedelta(days=730))  # noqa: DTZ011 - any day
    distinct: dict[tuple[str, str], Sending] = {}
    for sending in events(city, count * 2, lambda _: None):
        distinct.setdefault((sending.source, sending.id), sending)
        if len(distinct) == count:
            break
    return list(distinct.values())


def parcels(given: Iterable[Sending], size: int = BATCH) -> Iterator[Parcel]:
    """Pack events of one agency together."""
    open_ones: dict[str, list[bytes]] = defaultdict(list)
    for sending in given:
        agency = sending.source.split(":")[2]
        open_ones[agency].append(sending.raw)
        if len(open_ones[agency]) == size:
            yield Parcel(agency, tuple(open_ones.pop(agency)))
    for agency, raws in open_ones.items():
        yield Parcel(agency, tuple(raws))


def singles(url: str, headers: Headers, given: Iterable[Sending]) -> list[bytes]:
    """Write a request for each event."""
    return [_post(url, headers, parcel, SINGLE, parcel.raws[0]) for parcel in parcels(given, 1)]


def arrays(url: str, headers: Headers, given: Iterable[Sending]) -> list[bytes]:
    """Write a request with a JSON array for each hundred events."""
    return [
        _post(url, headers, parcel, ARRAY, b"[" + b",".join(parcel.raws) + b"]")
        for parcel in parcels(given)
    ]


def lines(url: str, headers: Headers, given: Iterable[Sending]) -> list[bytes]:
    """Write a request with an event on each line for each hundred events."""
    return [
        _post(url, headers, parcel, LINES, b"\n".join(parcel.raws)) for parcel in parcels(given)
    ]


def _post(url: str, headers: Headers, parcel: Parcel, media_type: str, body: bytes) -> bytes:
    return http.post(
        f"{url}/v1/events", {"Content-Type": media_type, **headers(parcel.agency)}, body
    )
