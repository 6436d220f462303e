"""Pseudonyms: HMAC-SHA-256 in the form of a UUID."""

import hmac
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from percorso.identity.subjects import pseudonyms

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_SIX_BITS = (0xF << 76) | (0x3 << 62)


@given(st.binary(min_size=32, max_size=130), _TEXTS, _TEXTS)
def test_subject_is_the_hmac_but_for_six_bits(key: bytes, scheme: str, value: str) -> None:
    message = b"subject\0" + scheme.encode() + b"\0" + value.encode()
    expected = UUID(bytes=hmac.digest(key, message, "sha256")[:16])

    subject = pseudonyms.subject(key, scheme, value)

    assert subject.int | _SIX_BITS == expected.int | _SIX_BITS
    assert subject.version == 8
    assert str(subject)[19] in "89ab"


@given(st.binary(min_size=32, max_size=64), _TEXTS, _TEXTS)
def test_check_value_is_nobodys_subject(key: bytes, scheme: str, value: str) -> None:
    check = UUID(bytes=pseudonyms.check_value(key)[:16])

    assert check.int | _SIX_BITS != pseudonyms.subject(key, scheme, value).int | _SIX_BITS


def test_keys_differ_in_check_value_and_subject() -> None:
    one, other = b"1" * 32, b"2" * 32

    assert pseudonyms.check_value(one) != pseudonyms.check_value(other)
    assert pseudonyms.subject(one, "cf", "x") != pseudonyms.subject(other, "cf", "x")
