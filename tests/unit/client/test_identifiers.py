"""Identifiers as users type them."""

import pytest

from percorso.client.identifiers import SubjectIdentifier, parse_identifier


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("cf:RSSMRA85T10A562S", "cf", "RSSMRA85T10A562S"),
        ("RSSMRA85T10A562S", "cf", "RSSMRA85T10A562S"),
        ("rssmra85t10a562s", "cf", "rssmra85t10a562s"),
        ("visitor:c_a182:9f3", "visitor", "c_a182:9f3"),
        ("cf-provisional:12345678901", "cf-provisional", "12345678901"),
    ],
)
def test_an_identifier_is_read(text: str, scheme: str, value: str) -> None:
    assert parse_identifier(text) == SubjectIdentifier(scheme, value)


@pytest.mark.parametrize("text", ["", "RSSMRA85T10A562", "cf:", ":x", "Mario Rossi", "C F:x"])
def test_another_form_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="SCHEME:VALUE") as caught:
        parse_identifier(text)

    assert "Rossi" not in str(caught.value)


def test_the_value_stays_out_of_repr() -> None:
    assert "RSSMRA" not in repr(parse_identifier("cf:RSSMRA85T10A562S"))
