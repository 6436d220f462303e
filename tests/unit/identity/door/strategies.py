"""Texts that are nearly events: JSON as nobody would write it, marked so that an echo is seen."""

import json

from hypothesis import strategies as st

from tests.support.doors import CITIZEN, PREFIX, RECEIVED, RECORDED, WITHDRAWN

MARK = "QZXMARKQZX"

_STRINGS = st.one_of(
    st.sampled_from(["", MARK, "01.1.1", "1.0", CITIZEN["value"], "cf", f"{PREFIX}a", RECORDED]),
    st.text(max_size=8).map(lambda text: MARK + text),
    st.text(st.characters(), max_size=6),
).map(lambda text: json.dumps(text, ensure_ascii=True))
_RAW_STRINGS = st.sampled_from(
    [
        '"\\u0000"',
        '"\\\\u0000"',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\ud83d\\ude00"',
        '"\t"',
        '"\\x"',
    ]
)
_NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1e999", "-1e999", "-0", "01", "1.", "NaN", "Infinity", "9" * 400]),
)
_WORDS = st.sampled_from(["true", "false", "null", "tru", ""])
BLANKS = st.sampled_from(["", "", "", " ", "\n", "\t\r "])
NAMES = st.sampled_from(
    ["channel", "name", "details", "service", "place", "area", "about", "source", "id", MARK, "a"]
)


def _members(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    named = st.builds(
        lambda name, before, after, value: f"{json.dumps(name)}{before}:{after}{value}",
        NAMES,
        BLANKS,
        BLANKS,
        values,
    )
    return st.lists(named, max_size=4).map(lambda parts: "{" + ",".join(parts) + "}")


def _lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda parts: "[" + " ,".join(parts) + "]")


_GOOD_LEAVES = st.one_of(_STRINGS, st.integers(0, 10).map(str), st.just("null"))
_ANY_LEAVES = st.one_of(_GOOD_LEAVES, _RAW_STRINGS, _NUMBERS, _WORDS)


def _json(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaves, lambda inner: st.one_of(_members(inner), _lists(inner)), max_leaves=8
    )


ANY_JSON = _json(_ANY_LEAVES)


@st.composite
def touchpoints(draw: st.DrawFn) -> str:
    """Return the text of a payload that is often that of RECORDED."""
    if draw(st.integers(0, 5)) == 0:
        return draw(ANY_JSON)
    parts = ['"channel":"01.1.1"', '"name" : "seen"', f'"matter":"{MARK}:,"']
    if draw(st.booleans()):
        parts.append(f'"details":{draw(_members(_json(_GOOD_LEAVES)))}')
    if draw(st.integers(0, 3)) == 0:
        parts.append(f"{json.dumps(draw(NAMES))}:{draw(ANY_JSON)}")
    return "{" + f"{draw(BLANKS)},".join(draw(st.permutations(parts))) + "}"


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """Return the bytes of something that is often an event, and sometimes near to one."""
    data = (
        f'{{"citizen":{json.dumps(CITIZEN)},"touchpoint"{draw(BLANKS)}:'
        f"{draw(BLANKS)}{draw(touchpoints())}{draw(BLANKS)}}}"
    )
    members = {
        "specversion": '"1.0"',
        "id": draw(st.sampled_from(['"1"', f'"{MARK}"', '"\\u00e8"', '"è"'])),
        "source": f'"{PREFIX}a"',
        "type": json.dumps(draw(st.sampled_from([RECORDED, RECORDED, RECEIVED, WITHDRAWN]))),
        "time": '"2026-05-04T10:00:00.120Z"',
        "data": data,
    }
    if draw(st.integers(0, 2)) == 0:
        name = draw(st.sampled_from([*members, "sequence", "datacontenttype", MARK]))
        members[name] = draw(ANY_JSON)
    parts = [f'"{name}"{draw(BLANKS)}:{value}' for name, value in members.items()]
    text = "{" + ",".join(draw(st.permutations(parts))) + "}"
    return text.encode("utf-8", "surrogatepass")


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Return an event of which some bytes were lost, doubled or replaced by others."""
    raw = bytearray(draw(events()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        until = min(len(raw), at + draw(st.integers(0, 6)))
        raw[at:until] = draw(st.one_of(st.binary(max_size=4), st.just(bytes(raw[at:until]) * 2)))
    return bytes(raw)
