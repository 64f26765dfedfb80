"""A duplicate key is found at any depth, and nothing else is refused."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rapport_schemas.wire import unique_keys
from rapport_schemas.wire.rejection import Rejected
from rapport_schemas.wire.unique_keys import check_keys

SPACES = st.text(" \t\r\n", max_size=2)
TEXTS = st.sampled_from(["", "a", "b", 'a"', '":', "\\", '\\"', "\\u0022", ":", "{", "é", "\0"])


@st.composite
def written(draw, text):
    """A text as JSON, with some of its characters as codes."""
    parts = [
        f"\\u{ord(one):04x}" if draw(st.booleans()) else json.dumps(one, ensure_ascii=False)[1:-1]
        for one in text
    ]
    return f'"{"".join(parts)}"'


@st.composite
def documents(draw, depth=3):
    """A document, and whether one of its objects has a duplicate key."""
    kind = draw(
        st.sampled_from(["object", "list", "text", "plain"] if depth else ["text", "plain"])
    )
    if kind == "text":
        return draw(written(draw(TEXTS))), False
    if kind == "plain":
        return draw(st.sampled_from(["1", "null", "true", "1e400", "-0.5", "9" * 30])), False
    parts, twice, seen = [], False, set()
    for _ in range(draw(st.integers(0, 3))):
        inner, inner_twice = draw(documents(depth=depth - 1))
        twice |= inner_twice
        if kind == "object":
            key = draw(TEXTS)
            twice |= key in seen
            seen.add(key)
            inner = f"{draw(written(key))}{draw(SPACES)}:{draw(SPACES)}{inner}"
        parts.append(draw(SPACES) + inner + draw(SPACES))
    opening, closing = "{}" if kind == "object" else "[]"
    return opening + ",".join(parts) + closing, twice


def refused(document):
    try:
        check_keys(document.encode(), "data")
    except Rejected as rejected:
        assert rejected.reason == "not-json"
        return True
    return False


@given(documents(), st.sampled_from([0, 1_000_000]))
@example(('{"a":"\\u0022\\u0022","a":1}', True), 0)
@example(('{"a":"\\u0022","a":1}', True), 0)
@settings(max_examples=500)
def test_only_a_duplicate_key_is_refused(document, spaces):
    text, twice = document
    assert refused(text + " " * spaces) == twice


@given(documents())
@settings(max_examples=300)
def test_the_fast_check_passes_no_duplicate_key(document):
    text, twice = document
    assert not (twice and unique_keys._copy_has_all_keys(text.encode()))


@pytest.mark.parametrize(
    ("document", "path", "key"),
    [
        ('{"a": 1, "a": 1}', "data.a", "a"),
        ('{"a": {"b": [0, {"c": 1, "d": 2, "\\u0063": 3}]}}', "data.a.b.1.c", "c"),
        ('[[], [{"a": {}, "a" : []}]]', "data.1.0.a", "a"),
        ('{"": 1, "": 2}', "data.(other)", "(other)"),
        (f'{{"{"k" * 65}": 1, "{"k" * 65}": 2}}', "data.(other)", "(other)"),
        ('{"Annabel": {"a": 1, "a": 2}}', "data.(other).a", "a"),
        ('{"a": {"Annabel": 1, "Annabel": 2}}', "data.a.(other)", "(other)"),
        ('{"a": {"b": 1, "b": 2}, "c": "%s"}' % ("x" * 70_000), "data", "b"),
    ],
    ids=[
        "top",
        "deep",
        "in lists",
        "no letters",
        "long key",
        "in a name",
        "a name",
        "long document",
    ],
)
def test_the_key_is_named_with_its_path(document, path, key):
    with pytest.raises(Rejected) as found:
        check_keys(document.encode(), "data")
    assert (found.value.reason, found.value.path) == ("not-json", path)
    assert found.value.detail == f"the key {key!r} appears twice in one object"


def test_json_that_only_python_cannot_parse_is_refused():
    assert refused("[" * 100_000 + "]" * 100_000)
    assert refused('{"a": 1')
    assert not refused('{"a": [NaN, -Infinity, %s]}' % ("9" * 5_000))


def test_a_log_has_no_names_of_the_publisher_in_a_path():
    assert Rejected("not-json", "data.annabel.a", "").logged_path == "data"
    assert Rejected("invalid", "data.score", "").logged_path == "data.score"
