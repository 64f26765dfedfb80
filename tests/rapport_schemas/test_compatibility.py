"""Contract gate: every change that an independent validator finds breaking is refused."""

import copy
from functools import cache

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport_schemas.compatibility import ContractError, contract_changes, refusals

FORMATS = jsonschema.FormatChecker(["date", "ipv4"])
GONE = object()
TEXT = {"type": "string", "maxLength": 4}
OLD = {
    "x-topic": "tickets",
    "type": "object",
    "description": "A ticket.",
    "$defs": {
        "Answer": {
            "type": "object",
            "properties": {"asked": TEXT, "grade": {"type": "integer", "minimum": 0}},
            "required": ["asked"],
            "x-rules": ["a rule"],
        }
    },
    "properties": {
        "client": {"type": "string", "minLength": 1, "maxLength": 4},
        "score": {"type": "integer", "minimum": 0, "maximum": 5},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "price": {"type": "number", "minimum": 0, "exclusiveMaximum": 5},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
        "currency": {"type": "string", "pattern": "^(EUR|USD)$"},
        "lowest": {"type": "integer", "default": 1, "maximum": 5},
        "note": {"anyOf": [{**TEXT}, {"type": "null"}], "default": None, "description": "A note."},
        "day": {"type": "string", "format": "date"},
        "answers": {
            "type": "array",
            "items": {"$ref": "#/$defs/Answer"},
            "minItems": 1,
            "maxItems": 2,
        },
        "start": {"anyOf": [{"type": "string", "pattern": each} for each in ("^a", "^b")]},
        "either": {"oneOf": [{"type": "boolean"}, {"type": "null"}]},
        "one": {"const": 1},
        "nothing": {"const": None},
    },
    "required": ["client", "score", "kind"],
}
OK, PUBLISHERS, READERS = frozenset(), frozenset({"publishers"}), frozenset({"readers"})
BOTH = PUBLISHERS | READERS
CHANGES = {
    # name: (path, value or GONE, who breaks)
    "an optional field is new": ("properties/added", {"type": "integer"}, OK),
    "a description changes": ("properties/note/description", "Other words.", OK),
    "the title is new": ("title", "Ticket", OK),
    "examples are new": ("properties/client/examples", ["x"], OK),
    "a definition is renamed": ("$defs/Unused", {"type": "null"}, OK),
    "a default of null is left out": ("properties/note/default", GONE, OK),
    "an optional field without a default is gone": ("properties/code", GONE, OK),
    "an exclusive bound says the same": (
        "properties/score",
        {"type": "integer", "exclusiveMinimum": -1, "exclusiveMaximum": 6},
        OK,
    ),
    "enum in another order": ("properties/kind/enum", ["b", "a"], OK),
    "a pattern of words becomes an enum": (
        "properties/currency",
        {"type": "string", "enum": ["USD", "EUR"]},
        OK,
    ),
    "the other notation of null": (
        "properties/note",
        {"type": ["null", "string"], "maxLength": 4},
        OK,
    ),
    "an explicit least length of none": ("properties/code/minLength", 0, OK),
    "open objects say so": ("additionalProperties", True, OK),
    "an optional field becomes required": (
        "required",
        ["client", "score", "kind", "code"],
        PUBLISHERS,
    ),
    "a nested optional field becomes required": (
        "$defs/Answer/required",
        ["asked", "grade"],
        PUBLISHERS,
    ),
    "a required field may be left out": ("required", ["client", "score"], READERS),
    "a required field is gone": ("properties/kind", GONE, READERS),
    "a nested required field may be left out": ("$defs/Answer/required", [], READERS),
    "an enum loses a value": ("properties/kind/enum", ["a"], PUBLISHERS),
    "an enum gains a value": ("properties/kind/enum", ["a", "b", "c"], READERS),
    "an enum changes a value": ("properties/kind/enum", ["a", "c"], BOTH),
    "an enum becomes open": ("properties/kind", {"type": "string"}, READERS),
    "an open text becomes an enum": ("properties/code/enum", ["a"], PUBLISHERS),
    "an enum becomes one constant": ("properties/kind", {"const": "a"}, PUBLISHERS),
    "a word is gone from a pattern": ("properties/currency/pattern", "^(EUR)$", PUBLISHERS),
    "a word is new in a pattern": ("properties/currency/pattern", "^(EUR|USD|XCG)$", READERS),
    "a maximum is lower": ("properties/score/maximum", 4, PUBLISHERS),
    "a maximum is higher": ("properties/score/maximum", 6, READERS),
    "a maximum is gone": ("properties/score/maximum", GONE, READERS),
    "a minimum is higher": ("properties/score/minimum", 1, PUBLISHERS),
    "a minimum is lower": ("properties/score/minimum", -1, READERS),
    "an exclusive maximum becomes inclusive": (
        "properties/price",
        {"type": "number", "minimum": 0, "maximum": 5},
        READERS,
    ),
    "a minimum becomes exclusive": ("properties/price/exclusiveMinimum", 0, PUBLISHERS),
    "a text may be longer": ("properties/client/maxLength", 5, READERS),
    "a text may only be shorter": ("properties/client/maxLength", 3, PUBLISHERS),
    "a text may be empty": ("properties/client/minLength", 0, READERS),
    "a text must be longer": ("properties/client/minLength", 2, PUBLISHERS),
    "a nullable text may be longer": ("properties/note/anyOf/0/maxLength", 5, READERS),
    "null is no longer taken": ("properties/note/anyOf", [TEXT], PUBLISHERS),
    "null is taken": (
        "properties/code",
        {"type": ["string", "null"], "pattern": "^[a-z]+$"},
        READERS,
    ),
    "more items are taken": ("properties/answers/maxItems", 3, READERS),
    "fewer items are taken": ("properties/answers/maxItems", 1, PUBLISHERS),
    "no item is taken": ("properties/answers/minItems", 0, READERS),
    "an item's field has a tighter bound": (
        "$defs/Answer/properties/grade/minimum",
        1,
        PUBLISHERS,
    ),
    "an item's field has another type": (
        "$defs/Answer/properties/asked",
        {"type": "integer"},
        BOTH,
    ),
    "whole numbers become any numbers": (
        "properties/score/type",
        "number",
        READERS,
    ),
    "any numbers become whole numbers": ("properties/price/type", "integer", PUBLISHERS),
    "a number becomes a text": ("properties/score", {"type": "string"}, BOTH),
    "a text has a pattern": ("properties/client/pattern", "^[a-z]*$", PUBLISHERS),
    "a pattern is gone": ("properties/code/pattern", GONE, READERS),
    "a pattern is another": ("properties/code/pattern", "^[0-9]+$", BOTH),
    "a format is gone": ("properties/day/format", GONE, READERS),
    "a text has a format": ("properties/code/format", "date", PUBLISHERS),
    "a format is another": ("properties/day/format", "ipv4", BOTH),
}
MEANINGS = {
    # What no validator sees: the data is taken, and read as something else, or cannot be judged.
    "a default is another": ("properties/lowest/default", 0, BOTH),
    "a default is gone": ("properties/lowest/default", GONE, BOTH),
    "a default is new": ("properties/code/default", "a", BOTH),
    "a field whose absence means something is gone": ("properties/lowest", GONE, PUBLISHERS),
    "the topic is another": ("x-topic", "other", BOTH),
    "a rule is another": ("$defs/Answer/x-rules", ["another rule"], BOTH),
    "a rule is gone": ("$defs/Answer/x-rules", GONE, BOTH),
    "a rule is new": ("x-rules", ["a rule"], BOTH),
    "unknown fields are refused": ("additionalProperties", False, PUBLISHERS),
    "a keyword without a rule is new": ("properties/score/multipleOf", 1, BOTH),
    "alternatives without a rule are others": ("properties/either/oneOf/0/type", "integer", BOTH),
    "alternatives of one type are others": ("properties/start/anyOf/1/pattern", "^c", BOTH),
    "a constant becomes another of the same number": ("properties/one/const", True, BOTH),
    "a constant of null is gone": ("properties/nothing/const", GONE, READERS),
    "dependent fields": ("dependentRequired", {"code": ["day"]}, BOTH),
}
EVERY = {**CHANGES, **MEANINGS}
TAKEN = {
    "an optional field is new",
    "a description changes",
    "the title is new",
    "examples are new",
    "a definition is renamed",
    "a default of null is left out",
    "enum in another order",
    "open objects say so",
}
HARMLESS_AND_REFUSED = {
    # On purpose: a change of this kind needs a new version (docs/decisions/0053).
    "an optional field without a default is gone",
    "an exclusive bound says the same",
    "a pattern of words becomes an enum",
    "the other notation of null",
    "an explicit least length of none",
}
BACK_IS_TAKEN = (TAKEN - {"an optional field is new"}) | {
    # The way back is a new optional field, which newer readers know: they come first.
    "an optional field without a default is gone",
    "a field whose absence means something is gone",
}
GOOD = {"client": "ab", "score": 1, "kind": "a"}
VALUES = {
    "client": ["", "a", "abc", "abcd", "abcde", "AB", None, 1],
    "score": [-1, 0, 1, 4, 5, 6, 7, 0.5, "x"],
    "kind": ["a", "b", "c", "d", None],
    "price": [-1, 0, 0.5, 1, 4.5, 5, 6],
    "code": ["", "a", "abc", "123", "2026-03-02", None],
    "currency": ["EUR", "USD", "XCG", "YYY"],
    "lowest": [-1, 0, 1, 5, 6],
    "note": [None, "", "abcd", "abcde", 1],
    "day": ["2026-03-02", "2026-02-30", "x", "127.0.0.1"],
    "answers": [
        [],
        [{"asked": "x"}],
        [{"asked": "x", "grade": 0}],
        [{"asked": "x", "grade": 1}, {"asked": "x", "grade": 2}],
        [{"asked": "x", "grade": 1}] * 3,
        [{"asked": 1, "grade": 1}],
        [{"grade": 1}],
    ],
    "start": ["ax", "bx", "cx"],
    "either": [True, None, 1],
    "added": [1, "x"],
}
ONE_CHANGED = [{**GOOD, name: value} for name in VALUES for value in VALUES[name]]
ONE_MISSING = [{key: GOOD[key] for key in GOOD if key != name} for name in GOOD]
FULL = {
    **GOOD,
    "price": 1,
    "code": "abc",
    "currency": "EUR",
    "lowest": 1,
    "note": "x",
    "day": "2026-03-02",
    "answers": [{"asked": "x", "grade": 2}],
    "either": True,
}
DATA = [*ONE_CHANGED, *ONE_MISSING, FULL, *({**FULL, **each} for each in ONE_CHANGED)]


@cache
def changed(*names):
    """Return the schema after the named changes."""
    schema = copy.deepcopy(OLD)
    for name in names:
        *way, last = EVERY[name][0].split("/")
        location = schema
        for step in way:
            location = location[int(step) if isinstance(location, list) else step]
        if EVERY[name][1] is GONE:
            location.pop(last, None)
        else:
            location[last] = copy.deepcopy(EVERY[name][1])
    if "kind" not in schema["properties"]:
        schema["required"] = [name for name in schema["required"] if name != "kind"]
    return schema


@cache
def taken(*names):
    """Return which of the data the schema after the named changes takes, and which it can send."""
    schema = changed(*names)
    valid = jsonschema.Draft202012Validator(schema, format_checker=FORMATS).is_valid
    accepted = frozenset(index for index, data in enumerate(DATA) if valid(data))
    properties = schema["properties"].keys()
    without_extras = (index for index in accepted if DATA[index].keys() <= properties)
    return accepted, frozenset(without_extras)


def oracle(old, new):
    """Return who breaks between two sets of changes, by trying the data."""
    (old_takes, old_sends), (new_takes, new_sends) = taken(*old), taken(*new)
    publishers = PUBLISHERS if old_sends - new_takes else OK
    return publishers | (READERS if new_sends - old_takes else OK)


def is_refused(old, new):
    return bool(contract_changes(old, new))


def test_the_data_reaches_every_field_and_both_answers():
    accepted, _ = taken()
    assert 20 < len(accepted) < len(DATA) - 20
    assert len(EVERY) >= 60


@pytest.mark.parametrize("name", EVERY)
def test_a_change_is_refused_unless_it_is_clearly_harmless(name):
    assert is_refused(OLD, changed(name)) == (name not in TAKEN)


def test_accepted_changes_break_no_consumer_and_refused_harmless_ones_are_listed():
    assert {name for name in EVERY if not EVERY[name][2]} == TAKEN | HARMLESS_AND_REFUSED


@pytest.mark.parametrize("name", CHANGES)
def test_an_independent_validator_finds_the_same_breaking_changes(name):
    assert oracle((), (name,)) == CHANGES[name][2]


@pytest.mark.parametrize("name", EVERY)
def test_the_way_back_is_refused_unless_it_is_clearly_harmless(name):
    assert is_refused(changed(name), OLD) == (name not in BACK_IS_TAKEN)


@settings(max_examples=200, deadline=None)
@given(*[st.lists(st.sampled_from(sorted(CHANGES)), max_size=3, unique=True)] * 2)
def test_every_breaking_change_is_refused(old, new):
    try:
        schemas = changed(*old), changed(*new)
    except (KeyError, TypeError, IndexError):
        return  # one change took away what another is about
    if oracle(old, new):
        assert is_refused(*schemas)


def test_a_new_required_field_is_refused_with_its_path_and_advice():
    new = changed("an optional field is new")
    new = {**new, "required": [*new["required"], "added"]}
    (refusal,) = refusals({"0.1.0": {"rapport.x.v1": OLD}}, {"rapport.x.v1": new})
    assert refusal == (
        *("rapport.x.v1", "0.1.0", "added", "is new and required"),
        "give it a default, so that it may be left out",
    )


@pytest.mark.parametrize(
    ("name", "path", "what"),
    [
        ("a maximum is lower", "score", "maximum 5 -> 4"),
        ("a pattern is gone", "code", 'pattern "^[a-z]+$" -> none'),
        ("an enum gains a value", "kind", 'enum ["a", "b"] -> ["a", "b", "c"]'),
        ("an optional field becomes required", "code", "is required, and could be left out"),
        ("a required field may be left out", "kind", "may be left out, and was required"),
        ("a required field is gone", "kind", "is gone"),
        ("an item's field has a tighter bound", "answers[].grade", "minimum 0 -> 1"),
        ("a nullable text may be longer", "note", "maxLength 4 -> 5"),
        ("a default is gone", "lowest", "default 1 -> null"),
        ("the topic is another", "", 'x-topic "tickets" -> "other"'),
        ("unknown fields are refused", "*", "schema true -> false"),
    ],
)
def test_a_refusal_says_where_what_changed_and_what_to_do(name, path, what):
    (refusal,) = refusals({"0.1.0": {"rapport.x.v1": OLD}}, {"rapport.x.v1": changed(name)})
    assert refusal == (
        *("rapport.x.v1", "0.1.0", path, what),
        "leave rapport.x.v1 as it is, and add rapport.x.v2",
    )


def test_of_a_long_list_a_refusal_shows_where_it_begins_to_differ():
    old, new = ({"enum": [*map(str, range(10, 99)), each]} for each in ("99", "XX"))
    ((_, what, _),) = contract_changes(old, new)
    assert what == 'enum  "96", "97", "98", "99"] ->  "96", "97", "98", "XX"]'


def test_every_released_version_counts_and_not_only_the_last():
    """A field that returns with another type would break the first publishers."""
    without = changed("an optional field without a default is gone")
    again = copy.deepcopy(without)
    again["properties"]["code"] = {"type": "integer"}
    assert not refusals({"2.0.0": {"rapport.x.v1": without}}, {"rapport.x.v1": again})
    released = {"1.0.0": {"rapport.x.v1": OLD}, "2.0.0": {"rapport.x.v1": without}}
    assert {refusal.version for refusal in refusals(released, {"rapport.x.v1": again})} == {"1.0.0"}


def test_a_contract_may_be_added_but_not_removed():
    assert not refusals({"1.0.0": {}}, {"rapport.x.v1": OLD})
    (refusal,) = refusals({"1.0.0": {"rapport.x.v1": OLD}}, {})
    assert refusal[3:] == ("the contract is gone", "keep it: no service has to publish it")


@pytest.mark.parametrize(
    "closing",
    [
        {"additionalProperties": False},
        {"additionalProperties": {"type": "string"}},
        {"patternProperties": {"^a": {"type": "string"}}},
        {"propertyNames": {"maxLength": 5}},
        {"unevaluatedProperties": False},
        {"maxProperties": 1},
    ],
    ids=str,
)
def test_where_unknown_fields_may_be_refused_none_may_be_added_or_removed(closing):
    closed = {**OLD, **closing}
    more = {**changed("an optional field is new"), **closing}
    ((path, what, _),) = contract_changes(closed, more)
    assert (path, what) == ("added", "is new, where unknown fields may be refused")
    assert is_refused(more, closed)


def test_descriptions_and_optional_fields_may_change_in_a_nullable_part():
    old, new = copy.deepcopy(OLD), copy.deepcopy(OLD)
    for schema, words, fields in ((old, "Before.", {}), (new, "Now.", {"why": TEXT})):
        part = {"type": "object", "description": words, "properties": fields}
        schema["properties"]["added"] = {"anyOf": [part, {"type": "null"}]}
        schema["properties"]["others"] = {"additionalProperties": {"title": words}}
    assert not is_refused(old, new)
    assert is_refused(new, old)


def test_a_field_may_have_the_name_of_a_keyword():
    old, new = copy.deepcopy(OLD), copy.deepcopy(OLD)
    old["properties"]["title"], new["properties"]["title"] = {"type": "string"}, {"type": "null"}
    ((path, what, _),) = contract_changes(old, new)
    assert (path, what) == ("title", 'type "string" -> "null"')


def test_a_contract_that_refers_to_itself_is_refused_with_a_reason():
    tree = {"$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}, "$ref": "#/$defs/A"}
    with pytest.raises(ContractError, match="refers to itself"):
        contract_changes(tree, tree)
