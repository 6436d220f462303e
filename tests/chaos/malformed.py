"""What nobody should send: malformed events and requests for the door, poison for the topic.

All of it carries canaries in places where a careless answer or log line would repeat them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from percorso.events.errors import Reason
from tests.chaos.subjects import AGENCY, SOURCE, Subject

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
EVENTS = "/v1/events"
LINKS = "/v1/links"
POISON_HEADER = "chaos"  # marks what was planted, and names the reason that it must get
TIME = "2026-05-04T10:00:00Z"

Members = dict[str, Any]


def event(
    random: Random,
    citizen: Subject,
    source: str,
    *,
    id: str,  # noqa: A002 - CloudEvents' word
    text: str,
) -> Members:
    """Return an event that the door must refuse."""
    spoil = random.choice(_SPOILT)
    made = _event(citizen, id, text) | {"source": source}
    spoil(made, citizen)
    return made


def _event(citizen: Subject, id: str, text: str) -> Members:  # noqa: A002
    touchpoint = {"channel": "02.1", "rating": 1, "text": text}
    return {
        "specversion": "1.0",
        "id": id,
        "source": SOURCE,
        "type": "eu.percorso.feedback.given.v1",
        "time": TIME,
        "data": {"citizen": citizen.identifier, "touchpoint": touchpoint},
    }


def _unknown_member(made: Members, citizen: Subject) -> None:
    made["data"]["touchpoint"][citizen.value] = citizen.value


def _unknown_data_member(made: Members, citizen: Subject) -> None:
    made["data"][citizen.value] = 1


def _wrong_channel(made: Members, citizen: Subject) -> None:
    made["data"]["touchpoint"]["channel"] = citizen.value


def _wrong_rating(made: Members, citizen: Subject) -> None:
    made["data"]["touchpoint"]["rating"] = citizen.value


def _foreign_source(made: Members, citizen: Subject) -> None:
    made["source"] = f"urn:it:another:{citizen.value}"


def _unknown_type(made: Members, citizen: Subject) -> None:
    made["type"] = f"eu.percorso.{citizen.value}.v1"


def _wrong_identifier(made: Members, citizen: Subject) -> None:
    made["data"]["citizen"] = {"scheme": "cf", "value": f"{citizen.value}?"}


def _unknown_scheme(made: Members, citizen: Subject) -> None:
    made["data"]["citizen"] = {"scheme": citizen.value, "value": citizen.value}


def _time_ahead(made: Members, _: Subject) -> None:
    made["time"] = "2099-01-01T00:00:00Z"


def _time_without_offset(made: Members, citizen: Subject) -> None:
    made["time"] = f"2026-05-04T10:00:00 {citizen.value}"


def _wrong_sequence(made: Members, citizen: Subject) -> None:
    made["sequence"] = citizen.value


def _wrong_version(made: Members, citizen: Subject) -> None:
    made["specversion"] = citizen.value


def _nul(made: Members, citizen: Subject) -> None:
    made["data"]["touchpoint"]["text"] = f"{citizen.value}\0"


def _too_large(made: Members, citizen: Subject) -> None:
    made["data"]["touchpoint"]["text"] = citizen.value * 2_000


def _withdraws_foreign(made: Members, citizen: Subject) -> None:
    about = {"source": f"urn:it:another:{citizen.value}", "id": "1"}
    made["type"] = "eu.percorso.touchpoint.withdrawn.v1"
    made["data"]["touchpoint"] = {"channel": "02.1", "about": about, "reason": citizen.value}


def _no_citizen(made: Members, citizen: Subject) -> None:
    made["data"]["citizen"] = citizen.value


_SPOILT: Sequence[Callable[[Members, Subject], None]] = (
    _unknown_member, _unknown_data_member, _wrong_channel, _wrong_rating, _foreign_source,
    _unknown_type, _wrong_identifier, _unknown_scheme, _time_ahead, _time_without_offset,
    _wrong_sequence, _wrong_version, _nul, _too_large, _withdraws_foreign, _no_citizen,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offence:
    """A malformed request and the answers that it may get when all is well."""

    name: str
    expected: tuple[int, ...]
    content: bytes = b""
    method: str = "POST"
    path: str = EVENTS
    headers: Mapping[str, str] = field(default_factory=dict)
    service: str = "identity"


def offences(citizen: Subject, text: str, token: str) -> Iterator[Offence]:
    """Yield one of each kind."""
    single, batch = _headers(SINGLE, token), _headers(BATCH, token)
    good = msgspec.json.encode(_event(citizen, "refused-whole", text))
    personal = citizen.value.encode()
    yield Offence("no JSON", (400,), personal, headers=single)
    yield Offence("cut short", (400,), good[:-9], headers=single)
    yield Offence("no UTF-8", (400, 422), good.replace(text.encode(), b"\xff"), headers=single)
    yield Offence("an array, singly", (422,), b"[" + good + b"]", headers=single)
    yield Offence("an empty batch", (422,), b"[]", headers=batch)
    yield Offence("no batch", (422,), good, headers=batch)
    yield Offence("a batch of strings", (422,), b'["' + personal + b'"]', headers=batch)
    yield Offence("too many", (413, 422), b"[" + b"1," * 1_000 + b"1]", headers=batch)
    yield Offence("too deep", (400, 422), b"[" * 50_000 + b"]" * 50_000, headers=batch)
    yield Offence("too large", (413,), personal * 400_000, headers=batch)
    yield Offence("compressed", (415,), good, headers={**single, "Content-Encoding": "br"})
    yield Offence("a form", (415,), good, headers=_headers("text/plain", token))
    yield Offence("no token", (401,), good, headers=_headers(SINGLE, ""))
    yield Offence("no real token", (401,), good, headers=_headers(SINGLE, citizen.value))
    yield Offence("a spoilt token", (401,), good, headers=_headers(SINGLE, f"{token[:-8]}AAAAAAAA"))
    yield from _binary(citizen, text, token)
    yield from _claims(citizen, token)
    yield from _misplaced(citizen, token)


def _binary(citizen: Subject, text: str, token: str) -> Iterator[Offence]:
    """Yield events in binary mode whose attributes are none."""
    data = msgspec.json.encode(_event(citizen, "", text)["data"])
    good = {"ce-specversion": "1.0", "ce-id": "refused-whole", "ce-source": SOURCE, "ce-time": TIME}
    headers = _headers("application/json", token) | good
    yield Offence("binary without a type", (422,), data, headers=headers)
    wrong = {"ce-type": f"eu.percorso.{citizen.canary}.v1"}
    yield Offence("binary of no type", (422,), data, headers=headers | wrong)
    unread = {"ce-type": "%ff"}
    yield Offence("binary that is no text", (400, 422), data, headers=headers | unread)


def _claims(citizen: Subject, token: str) -> Iterator[Offence]:
    """Yield links that are not the agency's to say, or none."""
    headers = _headers("application/json", token)
    named = {
        "a link with itself": [citizen.identifier, citizen.identifier],
        "a link of one": [citizen.identifier],
        "a link with another's customer": [
            citizen.identifier,
            {"scheme": "customer", "value": f"asl_tanaro:{citizen.canary}"},
        ],
        "a link with nobody": [citizen.identifier, {"scheme": "cf", "value": citizen.value[1:]}],
    }
    for name, both in named.items():
        proof = {"kind": "agency", "reference": "chaos"}
        body = msgspec.json.encode({"subjects": both, "proof": proof})
        yield Offence(name, (422,), body, path=LINKS, headers=headers)
    unknown = f"{LINKS}/{UUID(int=0)}"
    yield Offence("an unknown link", (404,), method="DELETE", path=unknown, headers=headers)


def _misplaced(citizen: Subject, token: str) -> Iterator[Offence]:
    """Yield requests with a person in the address, as a careless front end would make them."""
    bearer = _headers("application/json", token)
    where = f"/v1/timelines/{citizen.value}"
    yield Offence("a path", (404,), method="GET", path=f"/v1/{citizen.value}", headers=bearer)
    yield Offence("a type", (404,), method="GET", path=f"/v1/types/{citizen.value}", headers=bearer)
    yield Offence(
        "a subject", (403, 422), method="GET", path=where, headers=bearer, service="journey"
    )
    yield Offence(
        "a filter",
        (403, 422),
        method="GET",
        path=f"/v1/timelines/me?{citizen.canary}={citizen.canary}&cursor={citizen.canary}",
        headers=bearer,
        service="journey",
    )


def _headers(media_type: str, token: str) -> dict[str, str]:
    headers = {"Content-Type": media_type}
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that no door wrote, and why it must end as a dead letter."""

    reason: Reason
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def poison(random: Random, text: str) -> list[Poison]:
    """Return one record of each kind; `text` stands in all of them, and may go nowhere from there."""
    value = msgspec.json.encode({"channel": "02.1", "page": text})
    subject = str(UUID(int=random.getrandbits(128), version=4)).encode()
    about = msgspec.json.encode({"channel": "02.1", "reason": text})
    withdrawn = b"eu.percorso.touchpoint.withdrawn.v1"
    return [
        Poison(Reason.WRONG_KEY, random.randbytes(24), value, _attributes()),
        Poison(Reason.WRONG_KEY, text.encode(), value, _attributes()),
        Poison(Reason.WRONG_KEY, None, value, _attributes()),
        Poison(Reason.WRONG_KEY, subject.upper() + b" ", value, _attributes()),
        Poison(Reason.NULL_VALUE, subject, None, _attributes()),
        Poison(Reason.TOO_LARGE, subject, text.encode().ljust(2**20), _attributes()),
        Poison(Reason.UNKNOWN_VERSION, subject, value, _attributes(ce_specversion=b"2.0")),
        Poison(Reason.MISSING_ATTRIBUTE, subject, value, []),
        Poison(Reason.MISSING_ATTRIBUTE, subject, value, _attributes(ce_agency=None)),
        Poison(Reason.INVALID_ATTRIBUTE, subject, value, _attributes(ce_time=text.encode())),
        Poison(Reason.INVALID_ATTRIBUTE, subject, value, _attributes(ce_id=b"\xff\xfe")),
        Poison(Reason.INVALID_ATTRIBUTE, subject, value, _attributes(ce_sequence=b"-1")),
        Poison(Reason.UNREADABLE_VALUE, subject, random.randbytes(300), _attributes()),
        Poison(Reason.UNREADABLE_VALUE, subject, b'{"x":' + b"[" * 10_000, _attributes()),
        Poison(Reason.INVALID_TOUCHPOINT, subject, b"[" * 10_000, _attributes()),
        Poison(Reason.INVALID_TOUCHPOINT, subject, b'{"channel": 7}', _attributes()),
        Poison(Reason.INVALID_TOUCHPOINT, subject, about, _attributes(ce_type=withdrawn)),
        Poison(Reason.TIME_OUT_OF_RANGE, subject, value, _attributes(ce_time=b"1970-01-01T00:00:00Z")),
    ]  # fmt: skip


def _attributes(**changed: bytes | None) -> list[tuple[str, bytes]]:
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": b"poison",
        "ce_source": SOURCE.encode(),
        "ce_type": b"eu.percorso.page.viewed.v1",
        "ce_time": TIME.encode(),
        "ce_sequence": b"0",
        "ce_agency": AGENCY.encode(),
        "ce_receivedtime": TIME.encode(),
        **changed,
    }
    return [(name, value) for name, value in headers.items() if value is not None]
