"""Identifiers: the published vectors, and the laws that hold for any value."""

import json
import string
from base64 import urlsafe_b64decode
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.identity.subjects import pseudonyms
from percorso.identity.subjects.identifiers import InvalidIdentifier, Scheme, agency_of, normalise
from tests.support import citizens

VECTORS = json.loads(
    (Path(__file__).parents[3] / "docs/reference/identifier-vectors.json").read_text("utf-8")
)
KEY = urlsafe_b64decode(VECTORS["key"] + "=")
RANDOMS = st.integers(0, 2**32).map(Random)


def _named(vector: dict[str, Any]) -> str:
    return f"{vector['scheme']}: {vector['note']}"


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=_named)
def test_vector_is_normalised_to_its_subject(vector: dict[str, Any]) -> None:
    normalised = normalise(vector["scheme"], vector["input"], agency=vector.get("agency"))

    assert normalised == vector["normalised"]
    assert str(pseudonyms.subject(KEY, vector["scheme"], normalised)) == vector["subject"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=_named)
def test_vector_is_refused_with_its_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        normalise(vector["scheme"], vector["input"], agency=vector.get("agency"))

    assert (refusal.value.pointer, refusal.value.title) == (vector["pointer"], vector["why"])


@pytest.mark.parametrize("scheme", Scheme)
def test_every_scheme_has_vectors(scheme: Scheme) -> None:
    at_least = 6 if scheme is Scheme.CF else 3

    assert sum(vector["scheme"] == scheme for vector in VECTORS["valid"]) >= at_least
    assert sum(vector["scheme"] == scheme for vector in VECTORS["refused"]) >= 3


@given(st.sampled_from(Scheme), st.text(max_size=40), st.sampled_from(["", "c_a182:", "+39", "x:"]))
def test_normalising_again_changes_nothing(scheme: Scheme, value: str, start: str) -> None:
    try:
        normalised = normalise(scheme, f"{start}{value}", agency="c_a182")
    except InvalidIdentifier:
        return

    assert normalise(scheme, normalised, agency="c_a182") == normalised
    assert normalised.isprintable()


@given(st.sampled_from(Scheme), st.text(st.sampled_from("?~{}|"), min_size=1))
def test_refusal_is_a_published_sentence(scheme: Scheme, value: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        normalise(scheme, value, agency="c_a182")

    assert str(refusal.value) in {vector["why"] for vector in VECTORS["refused"]}


_LOCAL_PARTS = st.text(st.characters(codec="utf-8", exclude_characters="@"), min_size=1, max_size=9)
_LABELS = st.text(string.ascii_letters + "àéßΣıİ字-", min_size=1, max_size=9)


@given(_LOCAL_PARTS, st.lists(_LABELS, min_size=2, max_size=3))
def test_normalising_an_address_again_changes_nothing(local: str, labels: list[str]) -> None:
    try:
        address = normalise("email", f"{local}@{'.'.join(labels)}", agency=None)
    except InvalidIdentifier:
        return

    assert normalise("email", address, agency=None) == address


@given(RANDOMS)
def test_fiscal_code_is_taken_however_it_is_written(random: Random) -> None:
    code = citizens.a_fiscal_code(random)

    assert normalise("cf", code, agency=None) == code
    assert normalise("cf", f" {code.lower()}\n", agency=None) == code
    assert normalise("cf", f"TINIT-{code}", agency=None) == code


@given(RANDOMS)
def test_omocode_stays_itself(random: Random) -> None:
    code = citizens.an_omocode(random)

    assert normalise("cf", code, agency=None) == code


@given(RANDOMS, st.sampled_from(string.ascii_uppercase))
def test_any_other_check_letter_is_refused(random: Random, letter: str) -> None:
    code = citizens.a_fiscal_code(random)

    if letter == code[15]:
        assert normalise("cf", code, agency=None) == code
    else:
        with pytest.raises(InvalidIdentifier):
            normalise("cf", code[:15] + letter, agency=None)


@given(RANDOMS, st.sampled_from(string.digits))
def test_any_other_check_digit_is_refused(random: Random, digit: str) -> None:
    code = citizens.a_provisional_code(random)

    if digit == code[10]:
        assert normalise("cf-provisional", code, agency=None) == code
    else:
        with pytest.raises(InvalidIdentifier):
            normalise("cf-provisional", code[:10] + digit, agency=None)


def test_agency_of_a_value_is_what_stands_before_the_colon() -> None:
    assert agency_of(" c_a182:1:2") == "c_a182"
    assert agency_of("c_a182") == ""
