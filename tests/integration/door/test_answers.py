"""Every answer of the contract's section 3 that a healthy door gives."""

import json
from typing import Any

import httpx
import pytest

from percorso.identity.door.reading import BATCH, SINGLE
from tests.support.doors import PREFIX, a_touchpoint, an_event, with_text, written
from tests.support.identities import PATH, Identity
from tests.support.records import Records

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

FOREIGN = "urn:it:c_h501:anagrafe"


def assert_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Assert that the answer is this problem; its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    members: dict[str, Any] = answer.json()
    assert members["type"] == f"urn:percorso:problem:{slug}"
    assert members["status"] == status
    assert members["title"]
    return members


def numbered(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Return so many events, with ids of their own."""
    return [an_event(id=f"n-{number}", **changes) for number in range(count)]


async def test_a_single_event_is_accepted(door: Identity, topic: Records) -> None:
    answer = await door.post(an_event())

    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"accepted": 1, "rejected": []}
    assert await topic.count() == 1


async def test_a_batch_is_accepted_with_its_repetitions(door: Identity, topic: Records) -> None:
    answer = await door.post_batch([*numbered(3), *numbered(3)])

    assert answer.status_code == 202
    assert answer.json() == {"accepted": 6, "rejected": []}
    assert await topic.count() == 6


async def test_of_a_mixed_batch_the_good_events_are_accepted(
    door: Identity, topic: Records
) -> None:
    events = [
        an_event(),
        an_event(id="wrong-1", source=FOREIGN),
        an_event(id="wrong-2", touchpoint=a_touchpoint(channel="x")),
        "no event",
        an_event(id="2"),
    ]

    answer = await door.post_batch(events)

    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 2,
        "rejected": [
            {
                "index": 1,
                "id": "wrong-1",
                "problem": {
                    "type": "urn:percorso:problem:foreign-source",
                    "title": "The source is not the calling agency's",
                    "pointer": "/source",
                    "detail": "the source begins with none of the agency's prefixes",
                },
            },
            {
                "index": 2,
                "id": "wrong-2",
                "problem": answer.json()["rejected"][1]["problem"],
            },
            {
                "index": 3,
                "id": None,
                "problem": {
                    "type": "urn:percorso:problem:invalid-event",
                    "title": "The event is not valid",
                    "pointer": "",
                    "detail": "has the wrong JSON type",
                },
            },
        ],
    }
    assert answer.json()["rejected"][1]["problem"]["pointer"] == "/data/touchpoint/channel"
    assert await topic.count() == 2


async def test_of_many_refused_events_the_first_hundred_have_their_problem(
    door: Identity, topic: Records
) -> None:
    events = [an_event(), *numbered(150, time="yesterday"), an_event(id="2")]

    rejected = (await door.post_batch(events)).json()["rejected"]

    assert [each["index"] for each in rejected] == list(range(1, 151))
    assert [each["id"] for each in rejected] == [f"n-{number}" for number in range(150)]
    assert ["problem" in each for each in rejected] == [True] * 100 + [False] * 50
    assert await topic.count() == 2


async def test_one_event_that_cannot_be_read_does_not_spoil_the_others(
    door: Identity, topic: Records
) -> None:
    good = written(an_event())
    surrogate = with_text('{"channel":"01.1.1","name":"\\ud800"}', id="surrogate")
    latin = with_text(b'{"channel":"01.1.1","name":"\xe8"}', id="latin")

    answer = await door.post_batch(b"[" + b" , ".join([good, surrogate, latin, good]) + b"]")

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert [each["index"] for each in answer.json()["rejected"]] == [1, 2]
    assert await topic.count() == 2


async def test_a_refused_single_event_is_422(door: Identity, topic: Records) -> None:
    answer = await door.post(an_event(time="yesterday"))

    members = assert_problem(answer, 422, "invalid-event")
    assert members["pointer"] == "/time"
    assert members["accepted"] == 0
    assert [each["index"] for each in members["rejected"]] == [0]
    assert members["rejected"][0]["problem"]["pointer"] == "/time"
    assert await topic.count() == 0


async def test_a_batch_of_which_nothing_was_accepted_is_422(door: Identity, topic: Records) -> None:
    answer = await door.post_batch([an_event(source=FOREIGN), {}])

    members = assert_problem(answer, 422, "nothing-accepted")
    assert members["accepted"] == 0
    assert [each["index"] for each in members["rejected"]] == [0, 1]
    assert await topic.count() == 0


async def test_a_foreign_source_is_403(door: Identity, topic: Records) -> None:
    members = assert_problem(await door.post(an_event(source=FOREIGN)), 403, "foreign-source")

    assert members["pointer"] == "/source"
    assert await topic.count() == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"a":NaN}', b"\xef\xbb\xbf{}", b"[" * 9_000]
)
async def test_an_unreadable_body_is_400(door: Identity, topic: Records, body: bytes) -> None:
    assert_problem(await door.post(body), 400, "malformed-body")
    assert_problem(await door.post_batch(b"[" + body + b"}"), 400, "malformed-body")
    assert await topic.count() == 0


@pytest.mark.parametrize("body", [b"[]", b"{}", b"1", b"null"])
async def test_what_is_no_batch_of_events_is_422(
    door: Identity, topic: Records, body: bytes
) -> None:
    assert_problem(await door.post_batch(body), 422, "invalid-batch")
    assert await topic.count() == 0


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"x"', b"{}"])
async def test_json_that_is_no_event_is_422(door: Identity, topic: Records, body: bytes) -> None:
    assert_problem(await door.post(body), 422, "invalid-event")
    assert await topic.count() == 0


async def test_nobody_is_401(door: Identity, topic: Records) -> None:
    answer = await door.http.post(PATH, json=an_event(), headers={"Content-Type": SINGLE})

    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await topic.count() == 0


async def test_whoever_is_no_agency_is_403(door: Identity, topic: Records) -> None:
    for token in (
        door.issuer.citizen("identity"),
        door.issuer.operator("identity"),
        door.issuer.operator("identity", role="operations"),
        door.issuer.service("identity", "journey"),
    ):
        assert_problem(await door.post(an_event(), Authorization=token), 403, "forbidden")
    assert await topic.count() == 0


async def test_an_agency_that_is_not_registered_is_403(door: Identity, topic: Records) -> None:
    token = door.issuer.agency("identity", "c_h501")

    answer = await door.post(an_event(source=FOREIGN), Authorization=token)

    assert_problem(answer, 403, "unknown-agency")
    assert await topic.count() == 0


async def test_another_agency_does_not_own_the_source(door: Identity, topic: Records) -> None:
    await door.register("m_lps", "urn:it:m_lps:")
    token = door.issuer.agency("identity", "m_lps")

    assert_problem(await door.post(an_event(), Authorization=token), 403, "foreign-source")
    own = await door.post(an_event(source="urn:it:m_lps:inps"), Authorization=token)
    assert own.status_code == 202
    assert await topic.count() == 1


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "text/plain",
        "",
        "application/cloudevents",
        "application/cloudevents+xml",
        "application/cloudevents+json, application/json",
        "application/octet-stream",
    ],
)
async def test_another_media_type_is_415(door: Identity, topic: Records, media_type: str) -> None:
    answer = await door.post(an_event(), **{"Content-Type": media_type})

    members = assert_problem(answer, 415, "unsupported-media-type")
    assert SINGLE in members["detail"]
    assert BATCH in members["detail"]
    assert await topic.count() == 0


@pytest.mark.parametrize("encoding", ["gzip", "identity", "zstd", ""])
async def test_an_encoded_body_is_415(door: Identity, topic: Records, encoding: str) -> None:
    answer = await door.post(an_event(), Content_Encoding=encoding)

    assert_problem(answer, 415, "unsupported-media-type")
    assert await topic.count() == 0


@pytest.mark.parametrize(
    "media_type",
    [f"{SINGLE}; charset=utf-8", SINGLE.upper(), f"  {SINGLE} ;charset=UTF-8", f"{SINGLE};"],
)
async def test_a_media_type_has_any_letters_and_parameters(door: Identity, media_type: str) -> None:
    accepted = await door.post(an_event(), **{"Content-Type": media_type})
    refused = await door.post(an_event(source=FOREIGN), **{"Content-Type": media_type})

    assert accepted.status_code == 202
    assert_problem(refused, 403, "foreign-source")


async def test_4_mib_are_accepted_and_a_byte_more_is_413(door: Identity, topic: Records) -> None:
    body = written(numbered(10))
    full = body + b" " * (4 * 1024 * 1024 - len(body))

    assert (await door.post_batch(full)).status_code == 202
    answer = await door.post_batch(full + b" ")

    members = assert_problem(answer, 413, "body-too-large")
    assert members["detail"] == "a request has at most 4194304 bytes"
    assert answer.headers["connection"] == "close"
    assert await topic.count() == 10


async def test_a_thousand_events_are_accepted_and_one_more_is_413(
    door: Identity, topic: Records
) -> None:
    accepted = await door.post_batch(numbered(1_000))
    answer = await door.post_batch(numbered(1_001))

    assert accepted.json() == {"accepted": 1_000, "rejected": []}
    members = assert_problem(answer, 413, "body-too-large")
    assert members["detail"] == "a request has at most 1000 events"
    assert answer.headers["connection"] == "close"
    assert await topic.count() == 1_000


async def test_limits_hold_on_the_byte(door: Identity, topic: Records) -> None:
    touchpoint = b'{"channel":"01.1.1","name":"x"%s}'
    largest = with_text(touchpoint % (b" " * (16_384 - len(touchpoint) + 2)))
    event = written(an_event(ext=""))
    largest_event = event.replace(b'"ext": ""', b'"ext": "%s"' % (b"x" * (65_536 - len(event))))

    for fits, too_much in [
        (largest, largest.replace(b'"x" ', b'"xy" ')),
        (largest_event, largest_event.replace(b'"xx', b'"xxx')),
    ]:
        assert (await door.post(fits)).status_code == 202
        assert_problem(await door.post(too_much), 422, "over-limit")
    assert await topic.count() == 2


@pytest.mark.parametrize("events", [[an_event()], [an_event(), {}], [{}]])
async def test_a_trial_answers_the_same_and_stores_nothing(
    door: Identity, topic: Records, events: list[object]
) -> None:
    trial = await door.post_batch(events, query="?validate=true")

    assert await topic.count() == 0
    real = await door.post_batch(events)
    assert trial.status_code == real.status_code
    assert shape(trial) == shape(real)


def shape(answer: httpx.Response) -> dict[str, Any]:
    """Return an answer's members but for the trace, which differs."""
    return {name: value for name, value in answer.json().items() if name != "instance"}


async def test_a_trial_of_a_single_event_stores_nothing(door: Identity, topic: Records) -> None:
    answer = await door.post(an_event(), query="?validate=true")

    assert answer.json() == {"accepted": 1, "rejected": []}
    assert await topic.count() == 0


@pytest.mark.parametrize(
    "query", ["?validate=1", "?validate=TRUE", "?validate", "?validate=true&validate=x"]
)
async def test_a_doubtful_trial_is_refused(door: Identity, topic: Records, query: str) -> None:
    members = assert_problem(await door.post(an_event(), query=query), 422, "invalid-request")

    assert members["errors"] == [{"pointer": "/query/validate", "title": "Should be true or false"}]
    assert await topic.count() == 0


@pytest.mark.parametrize("query", ["?validate=false", "?other=1", "?"])
async def test_what_asks_for_no_trial_is_stored(door: Identity, topic: Records, query: str) -> None:
    assert (await door.post(an_event(), query=query)).status_code == 202
    assert await topic.count() == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_another_method_is_405(door: Identity, method: str) -> None:
    answer = await door.http.request(method, PATH, headers=door.headers(SINGLE))

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_bug_is_a_500_that_says_nothing_and_is_logged(
    door: Identity,
    topic: Records,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("RSSMRA85T10A562S")

    monkeypatch.setattr("percorso.identity.door.api.accept", fail)

    answer = await door.post(an_event())

    members = assert_problem(answer, 500, "unexpected")
    assert members.keys() <= {"type", "title", "status", "instance"}
    assert "the door failed" in capsys.readouterr().out + caplog.text
    assert await topic.count() == 0


async def test_what_is_accepted_and_refused_is_counted(door: Identity) -> None:
    before = await counted(door)

    await door.post_batch([*numbered(3), an_event(source=FOREIGN), {}])
    await door.post_batch(numbered(3), query="?validate=true")
    await door.post({}, query="?validate=true")

    after = await counted(door)
    assert {name: after[name] - before.get(name, 0) for name in after} == {
        'percorso_accepted_total{agency="c_a182"}': 3,
        'percorso_rejected_total{agency="c_a182",problem="foreign-source"}': 1,
        'percorso_rejected_total{agency="c_a182",problem="invalid-event"}': 1,
    }


async def counted(door: Identity) -> dict[str, float]:
    """Return what /metrics says of accepted and rejected events of c_a182."""
    lines = (await door.http.get("/metrics")).text.splitlines()
    wanted = ("percorso_accepted_total{", "percorso_rejected_total{")
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines)
        if name.startswith(wanted) and 'agency="c_a182"' in name
        if any(slug in name for slug in ("accepted", "foreign-source", "invalid-event"))
    }


async def test_an_answer_is_json(door: Identity) -> None:
    odd = an_event(id='"\\\u2028é', time="x", source=PREFIX)

    answer = await door.post(odd)

    assert json.loads(answer.content)["rejected"][0]["id"] == '"\\\u2028é'
