"""Records in Kafka's binary mode."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Unprocessable
from percorso.events.ids import event_key, instant, rfc3339
from percorso.events.kafka.codec import Record, decode, encode
from percorso.events.topics import TOUCHPOINTS
from tests.support.events import an_event

names = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=256
)
times = st.datetimes(datetime(1996, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
events = st.builds(
    CloudEvent,
    subject=st.uuids(),
    id=names,
    source=names,
    type=names,
    time=times,
    received_at=times,
    agency=names,
    touchpoint=st.binary(max_size=200),
    sequence=st.integers(0, 10**18 - 1),
    traceparent=st.none() | st.just("00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
)


@given(events)
def test_decode_gives_back_what_encode_took(event: CloudEvent) -> None:
    assert decode(encode(event)) == event


def test_a_record_has_the_key_and_the_headers_of_the_contract() -> None:
    event = an_event(traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")

    key, value, headers = encode(event)

    assert key == str(event.subject).encode()
    assert value == event.touchpoint
    assert {name for name, _ in headers} == {
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_sequence",
        "ce_agency", "ce_receivedtime", "content-type", "traceparent",
    }  # fmt: skip


@given(
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=40),
    st.lists(
        st.tuples(st.sampled_from([name for name, _ in encode(an_event()).headers]), st.binary()),
        max_size=12,
    ),
)
def test_whatever_is_in_a_record_it_is_an_event_or_unprocessable(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    record = SimpleNamespace(key=key, value=value, headers=headers)
    try:
        decoded = decode(record)
    except Unprocessable:
        return
    assert isinstance(decoded, CloudEvent)


@given(st.sampled_from(["ce_id", "ce_source", "ce_type", "ce_time", "ce_agency"]), st.binary())
def test_a_spoiled_attribute_never_passes_as_another(name: str, value: bytes) -> None:
    good = encode(an_event())
    spoiled = Record(
        good.key, good.value, [(n, value if n == name else v) for n, v in good.headers]
    )
    try:
        decoded = decode(spoiled)
    except Unprocessable:
        return
    assert dict(encode(decoded).headers)[name] in {value, rfc3339(decoded.time).encode()}


@given(times, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_whatever_its_offset(time: datetime, minutes: int) -> None:
    from datetime import timezone  # noqa: PLC0415 - only here

    local = time.astimezone(timezone(timedelta(minutes=minutes)))

    assert instant(local.isoformat()) == time
    assert instant(rfc3339(time)) == time


def test_a_time_without_offset_is_none() -> None:
    with pytest.raises(ValueError, match="offset"):
        instant("2026-05-04T10:00:00")


def test_event_keys_are_as_published() -> None:
    assert event_key("urn:it:c_a182:anagrafe", "2026-000123") == UUID(
        "2a0578bb-3daa-b401-869f-cbcb92023fe2"
    )


@given(names, names, names, names)
def test_two_identities_never_share_a_key(s1: str, i1: str, s2: str, i2: str) -> None:
    assert (event_key(s1, i1) == event_key(s2, i2)) == ((s1, i1) == (s2, i2))


@given(st.uuids())
def test_every_key_has_a_partition(subject: UUID) -> None:
    assert 0 <= TOUCHPOINTS.partition(str(subject).encode()) < TOUCHPOINTS.partitions
