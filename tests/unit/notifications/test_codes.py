"""Codes of messages: the same for a message, another for another, and however they are typed."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.verification import codes

KEY = b"for tests only, never in use!!!!"
MESSAGE = UUID("0190b1c2-0000-7000-8000-000000000002")


def test_a_code_is_always_the_same_and_has_a_hundred_bits() -> None:
    code = codes.code(KEY, MESSAGE)

    assert code == codes.code(KEY, MESSAGE)
    assert len(code.replace("-", "")) * 5 == 100
    assert [len(group) for group in code.split("-")] == [4] * 5


def test_codes_differ_by_message_and_by_key() -> None:
    made = {codes.code(KEY, uuid4()) for _ in range(2_000)}

    assert len(made) == 2_000
    assert codes.code(b"another", MESSAGE) != codes.code(KEY, MESSAGE)


def test_every_bit_of_a_code_is_drawn() -> None:
    made = [codes.code(KEY, uuid4()).replace("-", "") for _ in range(2_000)]

    assert all({code[at] for code in made} == set(codes.ALPHABET) for at in range(codes.LENGTH))


@given(st.uuids())
def test_small_letters_blanks_and_letters_that_look_like_digits_do_not_matter(
    message: UUID,
) -> None:
    code = codes.code(KEY, message)
    typed = f" {code.lower().replace('-', ' ')} ".replace("0", "o").replace("1", "l")

    assert codes.digest(typed) == codes.digest(code) is not None


@given(st.text(max_size=codes.MAX_TYPED))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    digest = codes.digest(typed)

    assert digest is None or len(digest) == 32


@pytest.mark.parametrize("typed", ["", "ABCD", "U" * 20, "A" * 21, "À" * 20, "A" * 19 + "\n"])
def test_what_is_no_code_has_no_hash(typed: str) -> None:
    assert codes.digest(typed) is None
