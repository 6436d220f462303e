"""A session's secret: what is made of it, and that another one opens nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.portal.sessions.secret import BYTES, Secret

SECRETS = st.binary(min_size=BYTES, max_size=BYTES).map(Secret)


@given(SECRETS, st.binary(max_size=2_000))
def test_what_is_sealed_is_opened_by_the_same_secret_alone(secret: Secret, content: bytes) -> None:
    sealed = secret.seal(content)

    assert secret.open(sealed) == content
    with pytest.raises(ValueError, match="another secret"):
        Secret.new().open(sealed)


@given(SECRETS, st.integers(min_value=0, max_value=10_000))
def test_a_changed_seal_is_refused(secret: Secret, place: int) -> None:
    sealed = bytearray(secret.seal(b"a token"))
    sealed[place % len(sealed)] ^= 1

    with pytest.raises(ValueError, match="changed"):
        secret.open(bytes(sealed))


@given(SECRETS)
def test_a_cookie_gives_its_secret_back(secret: Secret) -> None:
    read = Secret.read(secret.text)

    assert read is not None
    assert read.digest == secret.digest


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 42, "a" * 44, "ä" * 43, "a" * 42 + "=", "a" * 42 + "\n"]
)
def test_what_no_cookie_of_ours_holds_is_no_secret(text: str) -> None:
    assert Secret.read(text) is None


@given(SECRETS)
def test_neither_the_rows_name_nor_the_forms_mark_gives_the_cookie_away(secret: Secret) -> None:
    assert secret.text not in {secret.digest.hex(), secret.form_mark}
    assert secret.marks(secret.form_mark)
    assert not Secret.new().marks(secret.form_mark)
    assert not secret.marks("")
