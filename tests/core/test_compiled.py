"""A compiled contract says yes only to what the contract itself takes, with the same values."""

import json
from datetime import date, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, field_validator

from rapport.schemas.examples import EXAMPLES
from rapport.schemas.registry import CONTRACTS
from rapport.schemas.rejections import Rejected
from rapport.streams.core.compiled import compiled

SAYS_NO = (msgspec.MsgspecError, ValueError, TypeError, Rejected)
DECODERS = {name: compiled(contract.model) for name, contract in CONTRACTS.items()}
FRAGMENTS = st.sampled_from(
    [
        *(None, True, False, 0, -0.0, 1, -1, 3, 5, 101, 10_001, 2**31, 10**15, 10**16, 1e300, 1.0),
        *("", "x", "finance", "finance\n", "x" * 64, "x" * 65, "é" * 64, "x" * 129, "\x00", "EUR"),
        *("EUR\n", "eur", "P1", "P1 ", "client", "2026-02-29", "2026-03-02", "1969-12-31"),
        *("2200-01-02", "0001-01-01", "2026-03-02T10:00:00Z", "2026-03-02t10:00:00z"),
        *("2026-03-02 10:00:00+01:00", "2026-03-02T10:00:00", "2026-03-02T23:59:60Z"),
        *("2026-03-02T10:00:00.123456789Z", "2026-03-02T24:00:00Z", "1e5", "\ud800"),
        *([], [1], ["it_team"], ["cio", "cio"], ["it_team"] * 5, {}, {"question": "trust"}),
        [{"question": "trust", "score": 4}],
        [{"question": "trust", "score": 4, "lowest": 4, "highest": 4}],
        [{"question": "trust", "score": 4}, {"question": "trust", "score": 2}],
        [{"question": "clarity", "score": 0, "lowest": 0, "highest": 10}],
    ]
)

ODD_BYTES = st.sampled_from([b"1.0", b"\\u0000", b"\\ud800", b"NaN", b" ", b"-", b"e1"])


def plain(value):
    """Values as both sides can be compared: models and structs as dictionaries."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.timestamp()
    return value


def agrees(name, document):
    """Whether the compiled contract took the document; if so, the contract must take it too."""
    try:
        said = DECODERS[name](document)
    except SAYS_NO:
        return False
    assert plain(said) == plain(CONTRACTS[name].decode(document))
    return True


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_contract_is_compiled_and_takes_its_good_example(name):
    assert agrees(name, json.dumps(EXAMPLES[name].good).encode())


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_it_refuses_what_breaks_the_contract(name):
    assert not agrees(name, json.dumps(EXAMPLES[name].good | EXAMPLES[name].broken).encode())


@given(st.sampled_from(sorted(CONTRACTS)), st.data())
@settings(max_examples=500)
def test_with_any_field_changed_it_never_takes_more_than_the_contract(name, data):
    good = dict(EXAMPLES[name].good)
    fields = sorted(CONTRACTS[name].model.model_fields)
    for field in data.draw(st.lists(st.sampled_from([*fields, "another"]), max_size=3)):
        if data.draw(st.integers(0, 4)):
            good[field] = data.draw(FRAGMENTS)
        else:
            good.pop(field, None)
    agrees(name, json.dumps(good, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "replace"))


@given(st.sampled_from(sorted(CONTRACTS)), st.data())
@settings(max_examples=500)
def test_with_any_bytes_changed_it_never_takes_more_than_the_contract(name, data):
    document = bytearray(json.dumps(EXAMPLES[name].good).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(document) - 1))
        some = data.draw(st.binary(max_size=3) | ODD_BYTES)
        document[at : at + data.draw(st.integers(0, 3))] = some
    agrees(name, bytes(document))


@given(st.sampled_from(sorted(CONTRACTS)))
def test_a_later_version_s_fields_are_left_to_the_contract(name):
    document = json.dumps({**EXAMPLES[name].good, "added_later": 1}).encode()
    assert not agrees(name, document)
    assert CONTRACTS[name].decode(document).client == "finance"


def test_a_contract_that_cannot_be_translated_decodes_its_events_itself():
    class Odd(BaseModel):
        when: date

        @field_validator("when")
        @classmethod
        def _in_the_past(cls, value):
            return value

    assert compiled(Odd) is None


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_key_that_is_there_twice_is_refused_by_both(name):
    document = b'{"client": "law", ' + json.dumps(EXAMPLES[name].good).encode()[1:]
    for decode in (DECODERS[name], CONTRACTS[name].decode):
        with pytest.raises(Rejected, match=r"not-json at data\.client"):
            decode(document)
