"""No document with a duplicate key passes the fast check; a usual one needs no further check."""

import json
from datetime import date
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.events import duplicate_keys
from rapport.domain.events.contract_compiler import compile_contract
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import Rejected

DECODERS = {name: compile_contract(contract.model) for name, contract in CONTRACTS.items()}
SPACES = st.sampled_from(["", "", " ", "\n\t"])
COMMENTS = st.sampled_from(["", "x", 'said "no"', 'a": "b', "\\", '\\"', "comment", "a, b: {c}"])
ANSWERS = st.fixed_dictionaries(
    {"question": st.sampled_from(["trust", "clarity"]), "score": st.integers(2, 4)},
    optional={"lowest": st.sampled_from([1, 2]), "highest": st.sampled_from([5, 10])},
)
VALUES = {
    "comment": st.none() | COMMENTS,
    "note": st.none() | COMMENTS,
    "category": st.none() | COMMENTS,
    "supplier": COMMENTS,
    "ticket_id": COMMENTS,
    "sanctioned": st.sampled_from([None, True, False]),
    "message_carried": st.sampled_from([None, True]),
    "joint": st.booleans(),
    "revision": st.integers(0, 2),
    "reassignments": st.integers(0, 1),
    "closed_by": st.sampled_from(["person", "auto"]),
    "viewpoint": st.sampled_from(["client", "own"]),
    "lowest": st.sampled_from([0, 1]),
    "highest": st.sampled_from([5, 6]),
    "opened_at": st.sampled_from([None, "2026-03-02T10:00:00Z"]),
    "invited_on": st.sampled_from([None, "2026-03-02"]),
    "moved_to": st.sampled_from([None, "2026-03-02"]),
    "roles": st.lists(st.sampled_from(["cio", "it_team"]), min_size=1, max_size=3),
    "teams": st.lists(COMMENTS, max_size=2),
    "topics": st.lists(st.sampled_from(["goals", "mission"]), max_size=2),
    "aliases": st.lists(COMMENTS, max_size=2),
    "answers": st.lists(ANSWERS, min_size=1, max_size=2, unique_by=lambda one: one["question"]),
}


@st.composite
def written(draw, value, twice):
    """A value as JSON with any spelling and spacing; `twice` collects the duplicate keys."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=draw(st.booleans()))
        return text.replace('\\"', "\\u0022") if draw(st.booleans()) else text
    if isinstance(value, list):
        return f"[{','.join([draw(written(item, twice)) for item in value])}]"
    if not isinstance(value, dict):
        return json.dumps(value)
    members = list(value.items())
    if not draw(st.integers(0, 3)):
        key, other = draw(st.sampled_from(members))
        members.insert(draw(st.integers(0, len(members))), (key, other))
        twice.append(key)
    parts = []
    for key, inner in members:
        name = f'"\\u{ord(key[0]):04x}{key[1:]}"' if not draw(st.integers(0, 5)) else f'"{key}"'
        colon = f"{draw(SPACES)}:{draw(SPACES)}"
        parts.append(f"{draw(SPACES)}{name}{colon}{draw(written(inner, twice))}{draw(SPACES)}")
    return f"{{{','.join(parts)}}}"


@given(st.sampled_from(sorted(CONTRACTS)), st.data())
@settings(max_examples=2_000, deadline=None)
def test_a_duplicate_key_is_refused_however_it_is_written_and_nothing_else_is(name, data):
    good = dict(EXAMPLES[name].good)
    for field in CONTRACTS[name].model.model_fields:
        if field in VALUES and data.draw(st.booleans()):
            good[field] = data.draw(VALUES[field])
    twice = []
    document = data.draw(written(good, twice)).encode()
    try:
        DECODERS[name](document)
    except Rejected as rejected:
        assert rejected.reason == "not-json"
        assert rejected.path.rpartition(".")[2] in twice
    except duplicate_keys.REFUSALS:
        pass  # the contract is asked, and checked itself
    else:
        assert not twice


def in_full(name):
    """The good example as our own publisher writes it: with all defaults."""
    model = CONTRACTS[name].decode(json.dumps(EXAMPLES[name].good).encode())
    return model.model_dump_json(exclude_none=True).encode()


@pytest.mark.parametrize("name", sorted(CONTRACTS))
@pytest.mark.parametrize("write", [in_full, lambda name: json.dumps(EXAMPLES[name].good).encode()])
def test_a_usual_document_needs_no_further_check(name, write, monkeypatch):
    monkeypatch.setattr(duplicate_keys, "check_keys", None)
    decode = compile_contract(CONTRACTS[name].model)
    for _ in range(2):
        decode(write(name))


def test_a_document_with_written_out_defaults_is_checked_once_after_one_without(monkeypatch):
    checked = []
    monkeypatch.setattr(duplicate_keys, "check_keys", lambda document, _: checked.append(document))
    decode = compile_contract(CONTRACTS["rapport.ticket.rated.v1"].model)
    full = b'{"client":"law","ticket_id":"T","score":4,"lowest":1,"highest":5}'
    least = b'{"client":"law","ticket_id":"T","score":4,"comment":"x"}'
    assert full.count(b'"') == least.count(b'"')
    turns = (full, least, least, full, full, full)
    assert [decode(one).score for one in turns] == [4] * len(turns)
    assert checked == [full]


@pytest.mark.parametrize("default", [msgspec.NODEFAULT, "x"])
def test_a_contract_in_which_null_would_be_counted_as_a_text_is_refused(default):
    made = msgspec.defstruct("Made", [("note", str | None, default)])
    with pytest.raises(TypeError, match=r"Made\.note: null is allowed"):
        duplicate_keys.quote_count(made, msgspec.json.Decoder(made).decode)


class Inner(msgspec.Struct):
    name: str
    count: int
    note: str | None = None


class Outer(msgspec.Struct):
    text: str
    number: int
    day: date | None = None
    kind: Literal["a", "b"] = "a"
    level: Literal["a", 1] = "a"
    either: str | int = "x"
    short: Annotated[str, msgspec.Meta(max_length=9)] = "x"
    texts: list[str] = []
    numbers: list[int] = []
    inner: list[Inner] = []


QUOTES = duplicate_keys.quote_count(Outer, msgspec.json.Decoder(Outer).decode)


@pytest.mark.parametrize(
    ("field", "value", "more"),
    [
        (None, None, 0),
        ("day", "2026-03-02", 4),
        ("kind", "b", 4),
        ("level", 1, 2),
        ("either", 1, 2),
        ("short", "y", 4),
        ("texts", ["x", "y"], 2 + 2 * 2),
        ("numbers", [1, 2, 3], 2),
        ("inner", [{"name": "x", "count": 1}, {"name": "y", "count": 2}], 2 + 2 * 6),
    ],
)
def test_the_least_number_of_quotes_of_a_document(field, value, more):
    document = {"text": "x", "number": 1} | ({field: value} if field else {})
    data = QUOTES.decode(json.dumps(document).encode())
    assert (QUOTES.minimum, QUOTES.required(data)) == (6, 6 + more)


def test_the_items_of_a_required_list_are_counted_and_may_be_none():
    made = msgspec.defstruct("Made", [("inner", list[Inner]), ("texts", list[str])])
    quotes = duplicate_keys.quote_count(made, msgspec.json.Decoder(made).decode)
    for count in (0, 1, 3):
        items = [{"name": "x", "count": 1}] * count
        data = quotes.decode(json.dumps({"inner": items, "texts": ["x"] * count}).encode())
        assert (quotes.minimum, quotes.required(data)) == (4, 4 + 6 * count + 2 * count)


def test_an_item_in_which_null_would_be_counted_as_a_text_is_refused():
    item = msgspec.defstruct("Item", [("note", str | None)])
    made = msgspec.defstruct("Made", [("items", list[item])])
    with pytest.raises(TypeError, match=r"Item\.note: null is allowed"):
        duplicate_keys.quote_count(made, msgspec.json.Decoder(made).decode)


class CountingDecoders:
    """Two decoders that record their calls; the strict one fails unless `accepts`."""

    def __init__(self, *, accepts=False, strict_minimum=4, lenient_minimum=0, quotes=0):
        self.calls = []

        def strict(_):
            self.calls.append("strict")
            if not accepts:
                raise ValueError
            return "strict"

        def lenient(_):
            self.calls.append("lenient")
            return "lenient"

        self.decode = duplicate_keys.reject_duplicate_keys(
            duplicate_keys.QuoteCount(strict, strict_minimum, lambda _: quotes),
            duplicate_keys.QuoteCount(lenient, lenient_minimum, lambda _: quotes),
        )


@pytest.mark.parametrize(("quotes", "again"), [(255, 1), (256, 3), (258, 3)])
def test_a_failed_strict_decoder_is_not_tried_again_for_a_quote_count_below_256(quotes, again):
    made = CountingDecoders(lenient_minimum=quotes)
    for _ in range(3):
        made.decode(b'"' * quotes)
    assert made.calls.count("strict") == again
    assert made.calls.count("lenient") == 3


@pytest.mark.parametrize(
    ("quotes", "calls"), [(3, ["lenient"]), (4, ["strict", "lenient"]), (5, ["strict", "lenient"])]
)
def test_the_strict_decoder_is_not_tried_below_its_minimum_of_quotes(quotes, calls):
    made = CountingDecoders(lenient_minimum=quotes)
    made.decode(b'"' * quotes)
    assert made.calls == calls


def test_each_quote_count_is_tried_once():
    made = CountingDecoders(lenient_minimum=6, quotes=8)
    for count in (6, 8, 6, 8):
        made.decode(b'"' * count)
    assert made.calls.count("strict") == 2


TWICE = b'{"a":1,"a":2}'


@pytest.mark.parametrize("accepts", [True, False])
@pytest.mark.parametrize(
    ("minimum", "quotes", "checked"),
    [(4, 4, False), (4, 9, False), (2, 4, False), (2, 6, True), (2, 2, True)],
    ids=["minimum", "minimum, whatever is required", "as required", "fewer", "more"],
)
def test_a_document_is_checked_when_it_has_other_quotes_than_required(
    accepts, minimum, quotes, checked
):
    made = CountingDecoders(
        accepts=accepts,
        strict_minimum=minimum if accepts else 9,
        lenient_minimum=minimum,
        quotes=quotes,
    )
    if not checked:
        assert made.decode(TWICE) == ("strict" if accepts else "lenient")
        return
    with pytest.raises(Rejected, match=r"not-json at data\.a"):
        made.decode(TWICE)
