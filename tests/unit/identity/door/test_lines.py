"""Bodies with one event on each line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.identity.door.reading import lines
from percorso.identity.door.refusals import BodyTooLarge, InvalidBatch

values = st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)


@given(st.lists(values, min_size=1, max_size=20), st.sampled_from(["\n", "\r\n", "\n\n", "\n \n"]))
def test_each_line_is_an_event(events: list[object], end: str) -> None:
    body = end.join(map(json.dumps, events)).encode()

    assert [json.loads(line) for line in lines(body)] == events


@pytest.mark.parametrize("body", [b"", b"\n", b" \n\r\n"])
def test_no_line_is_no_batch(body: bytes) -> None:
    with pytest.raises(InvalidBatch):
        lines(body)


def test_a_thousand_lines_are_the_most() -> None:
    assert len(lines(b"{}\n" * 1_000)) == 1_000
    with pytest.raises(BodyTooLarge):
        lines(b"{}\n" * 1_001)
