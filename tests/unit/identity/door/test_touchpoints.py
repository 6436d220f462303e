"""What happened: accepted as it was sent, or refused where it does not follow its type."""

import pytest

from tests.support.doors import (
    PREFIX,
    RECEIVED,
    WITHDRAWN,
    a_touchpoint,
    an_event,
    judged,
    with_more,
    with_text,
    written,
)
from tests.unit.identity.door.refusing import of_touchpoint, refusal


def test_what_happened_travels_on_byte_for_byte() -> None:
    text = b'{ "name" : "\\u00e8 \xc3\xa8 \\\\u0000",\r\n\t"channel":"01.1.1","details":{"n":1.50}}'

    assert judged(with_text(text)).touchpoint == text


def padded(size: int) -> bytes:
    """Return a touchpoint of so many bytes."""
    text = '{"channel":"01.1.1","protocol":"1"'
    return (text + " " * (size - len(text) - 1) + "}").encode()


def test_a_touchpoint_has_at_most_16_kib() -> None:
    assert judged(with_text(padded(16_384), type=RECEIVED))
    assert refusal(with_text(padded(16_385), type=RECEIVED)) == ("over-limit", "/data/touchpoint")


@pytest.mark.parametrize("name", ["name", "service", "matter", "outcome"])
def test_a_name_has_1_to_256_characters(name: str) -> None:
    assert judged(written(an_event(a_touchpoint(**{name: "è" * 256}))))
    for wrong in ("è" * 257, "", 7, False):
        assert of_touchpoint(a_touchpoint(**{name: wrong})) == ("invalid-touchpoint", f"/{name}")


VISIT = {"channel": "01.1.1", "office": "o", "waited_s": 1}


RATING = {"channel": "01.1.1", "rating": 3}


@pytest.mark.parametrize("seconds", [0, 0.5, 1e9, 120])
def test_a_duration_is_a_number_from_zero(seconds: float) -> None:
    assert judged(written(an_event(VISIT | {"waited_s": seconds}, type=_type("desk.visited"))))


@pytest.mark.parametrize("seconds", [-1, -0.001, 1e10, 10**30, "1", True, None, [], {}])
def test_another_duration_is_refused(seconds: object) -> None:
    found = of_touchpoint(VISIT | {"waited_s": seconds}, type=_type("desk.visited"))

    assert found == ("invalid-touchpoint", "/waited_s")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_a_duration_without_end_is_refused(number: str) -> None:
    raw = with_text(
        f'{{"channel":"01.1.1","office":"o","waited_s":{number}}}', type=_type("desk.visited")
    )

    assert refusal(raw) == ("invalid-touchpoint", "/data/touchpoint/waited_s")


@pytest.mark.parametrize("rating", [0, 6, -1, 2**53 + 1, 3.0, 3.5, "3", True, None])
def test_a_rating_is_an_integer_of_1_to_5(rating: object) -> None:
    found = of_touchpoint(RATING | {"rating": rating}, type=_type("feedback.given"))

    assert found == ("invalid-touchpoint", "/rating")


def _type(noun_verb: str) -> str:
    return f"eu.percorso.{noun_verb}.v1"


def test_details_hold_any_json_of_4_kib() -> None:
    details: dict[str, object] = {
        "large": 2**70,
        "exact": 2**53 + 1,
        "less": -1.5,
        "none": None,
        "list": [{"a": []}],
    }
    room = 4_096 - len('{"a":""}')

    assert judged(written(an_event(a_touchpoint(details=details))))
    assert judged(written(an_event(a_touchpoint(details={"a": "x" * room}))))
    found = of_touchpoint(a_touchpoint(details={"a": "x" * (room + 1)}))
    assert found == ("invalid-touchpoint", "/details")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "[null, [1e400]]"])
def test_details_hold_no_number_that_is_infinite(number: str) -> None:
    raw = with_text(f'{{"channel":"01.1.1","name":"x","details":{{"a":{number}}}}}')

    assert refusal(raw) == ("invalid-touchpoint", "/data/touchpoint/details")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "01", "1.", "+1", "tru", "'a'"])
def test_what_is_no_json_is_refused(word: str) -> None:
    slug, _ = refusal(with_text(f'{{"channel":"01.1.1","name":"x","details":{{"a":{word}}}}}'))

    assert slug in {"invalid-event", "invalid-touchpoint"}


@pytest.mark.parametrize(
    "touchpoint",
    [
        '{"channel":"01.1.1","name":"a\\u0000b"}',
        '{"channel":"01.1.1","name":"x","matter":"\\u0000"}',
        '{"channel":"01.1.1","name":"x","details":{"a":["\\u0000"]}}',
        '{"channel":"01.1.1","name":"x","details":{"\\u0000":1}}',
        '{"channel":"01.1.1","name":"x","details":{"a":"\\u0000","b":1e99}}',
        '{"channel":"01.1.1","name":"x","details":{"a":"\\\\\\u0000"}}',
    ],
)
def test_a_nul_is_refused(touchpoint: str) -> None:
    assert refusal(with_text(touchpoint)) == ("invalid-touchpoint", "/data/touchpoint")


def test_what_only_looks_like_a_nul_is_accepted() -> None:
    assert judged(with_text('{"channel":"01.1.1","name":"\\\\u0000"}'))


@pytest.mark.parametrize("string", ["\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud83dx"])
def test_an_unpaired_surrogate_is_refused(string: str) -> None:
    assert refusal(with_text(f'{{"channel":"01.1.1","name":"{string}"}}'))
    assert refusal(with_more(f'"ext":"{string}"'))
    assert refusal(with_more(f'"id":"{string}"'))


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert judged(with_text('{"channel":"01.1.1","name":"\\ud83d\\ude00"}'))


@pytest.mark.parametrize("wrong", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
@pytest.mark.parametrize("place", [b"counter opened", b"2026-000123", b"RSSMRA85T10A562S"])
def test_what_is_no_utf_8_is_refused(wrong: bytes, place: bytes) -> None:
    assert refusal(written(an_event()).replace(place, wrong))


@pytest.mark.parametrize(
    "touchpoint",
    [
        '{"channel":7,"channel":"01.1.1","name":"x"}',
        '{"channel":"01.1.1","channel":"01.1.1","name":"x"}',
        '{"channel":"01.1.1","name":"x","n\\u0061me":"x"}',
        '{"channel":"01.1.1","name" :"x","name" :"x"}',
        '{"channel":"01.1.1","name":"x","place":{"area":"1","area":"2"}}',
        '{"channel":"01.1.1","name":"x","details":{"a":[{"b":1,"b":1}]}}',
        '{"channel":"01.1.1","name":"x","details":{"a":1},"details":{}}',
    ],
)
def test_a_member_that_is_named_twice_is_refused(touchpoint: str) -> None:
    assert refusal(with_text(touchpoint)) == ("invalid-touchpoint", "/data/touchpoint")


def test_colons_and_commas_in_texts_are_no_members() -> None:
    text = '{"channel":"01.1.1","name":"a:,\\",\\":","details":{"a:":{"a:":[":,",","]},"b":""}}'

    assert judged(with_text(text))


@pytest.mark.parametrize(
    ("touchpoint", "pointer"),
    [
        ({}, "/channel"),
        ([], ""),
        ("x", ""),
        (a_touchpoint(channel="01.1.9"), "/channel"),
        (a_touchpoint(secret=1), ""),
        (a_touchpoint(place={"secret": 1}), "/place"),
        (a_touchpoint(place={"area": ""}), "/place/area"),
        (a_touchpoint(details=[]), "/details"),
        (a_touchpoint(life_event="20"), "/life_event"),
        (a_touchpoint(language="i"), "/language"),
    ],
)
def test_a_fault_is_pointed_at_by_members_of_the_catalogue(
    touchpoint: object, pointer: str
) -> None:
    assert of_touchpoint(touchpoint) == ("invalid-touchpoint", pointer)


def test_only_the_same_source_withdraws() -> None:
    about = {"source": f"{PREFIX}anagrafe", "id": "1"}
    withdrawal = {"channel": "01.1.1", "reason": "wrong citizen", "about": about}
    foreign = withdrawal | {"about": about | {"source": f"{PREFIX}other"}}

    assert judged(written(an_event(withdrawal, type=WITHDRAWN)))
    assert of_touchpoint(foreign, type=WITHDRAWN) == ("invalid-touchpoint", "/about/source")
