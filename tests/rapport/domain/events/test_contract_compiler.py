"""A compiled contract accepts only what the contract accepts, with equal values."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    StringConstraints,
    create_model,
    field_validator,
    model_validator,
)

from rapport.domain.events.contract_compiler import compile_contract
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import Rejected

SAYS_NO = (msgspec.MsgspecError, ValueError, TypeError, Rejected)
DECODERS = {name: compile_contract(contract.model) for name, contract in CONTRACTS.items()}
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
    """Return whether the compiled contract accepts the document; the contract must then, too."""
    try:
        decoded = DECODERS[name](document)
    except SAYS_NO:
        return False
    assert plain(decoded) == plain(CONTRACTS[name].decode(document))
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

    assert compile_contract(Odd) is None


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_duplicate_key_is_refused_by_both(name):
    document = b'{"client": "law", ' + json.dumps(EXAMPLES[name].good).encode()[1:]
    for decode in (DECODERS[name], CONTRACTS[name].decode):
        with pytest.raises(Rejected, match=r"not-json at data\.client"):
            decode(document)


class Part(BaseModel, strict=True, extra="forbid"):
    """A model inside another."""

    size: Annotated[int, Field(ge=1, le=9)]


class Every(BaseModel, strict=True, extra="forbid"):
    """One field of each kind that is translated; all of them have defaults."""

    number: Annotated[int, Field(ge=1, le=9)] = 1
    text: Annotated[str, Field(min_length=2, max_length=4)] = "ab"
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    items: Annotated[list[int], Field(min_length=1, max_length=3)] = Field(
        default_factory=lambda: [7]
    )
    flag: bool = False
    choice: Literal["a", "b"] = "a"
    day: Annotated[date, Field(ge=date(2020, 1, 2), le=date(2020, 1, 5))] = date(2020, 1, 3)
    maybe_day: Annotated[date, Field(ge=date(2020, 1, 2)), Field(le=date(2020, 1, 5))] | None = None
    free_day: date = date(2020, 1, 3)
    when: AwareDatetime | None = None
    part: Part | None = None
    parts: list[Annotated[Part, Field()]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _no_eight(self):
        if self.number == 8:
            raise ValueError("eight")
        return self


@pytest.mark.parametrize(
    ("document", "taken"),
    [
        ("{}", True),
        *((f'{{"number": {number}}}', number in {1, 7, 9}) for number in (0, 1, 7, 8, 9, 10)),
        *((f'{{"number": {number}}}', False) for number in ('"1"', "1.5", "true", "null")),
        *((f'{{"text": "{"x" * length}"}}', length in range(2, 5)) for length in range(1, 6)),
        *((f'{{"code": "{code}"}}', code == "GBP") for code in ("GBP", "GBPX", "XGBP", "gbp")),
        ('{"code": "GBP\\n"}', False),
        *((f'{{"items": {[1] * length}}}', length in range(1, 4)) for length in range(5)),
        ('{"items": ["1"]}', False),
        ('{"flag": true}', True),
        ('{"flag": 1}', False),
        ('{"choice": "b"}', True),
        ('{"choice": "c"}', False),
        *((f'{{"day": "2020-01-0{day}"}}', day in range(2, 6)) for day in range(1, 7)),
        *((f'{{"maybe_day": "2020-01-0{day}"}}', day in range(2, 6)) for day in range(1, 7)),
        ('{"maybe_day": null}', True),
        ('{"free_day": "0001-01-01"}', True),
        ('{"free_day": "9999-12-31"}', True),
        ('{"when": "2020-01-02T03:04:05Z"}', True),
        ('{"when": "2020-01-02T03:04:05.123Z"}', True),
        ('{"when": "2020-01-02T03:04:05.123456Z"}', True),
        ('{"when": null}', True),
        ('{"when": "2020-01-02T03:04:05.1Z"}', False),
        ('{"when": "2020-01-02 03:04:05Z"}', False),
        ('{"when": "2020-01-02T03:04:05z"}', False),
        ('{"when": "20200102T030405.123Z"}', False),
        ('{"when": "2020-01-02T03.04:05Z"}', False),
        ('{"when": "2020-01-02T03:04.05Z"}', False),
        ('{"when": "2020/01/02T03:04:05Z"}', False),
        ('{"when": "2020-01-02T03:04:05+"}', False),
        ('{"when": 1577934245}', False),
        ('{"part": {"size": 9}}', True),
        ('{"part": {"size": 10}}', False),
        ('{"part": {"size": 9, "more": 1}}', False),
        ('{"part": {}}', False),
        ('{"parts": [{"size": 1}, {"size": 2}]}', True),
        ('{"parts": [{"size": 1}, {"size": 0}]}', False),
        ('{"more": 1}', False),
    ],
)
def test_each_kind_of_field_is_taken_up_to_its_bounds_and_never_beyond_the_contract(
    document, taken
):
    decode = compile_contract(Every)
    if taken:
        assert plain(decode(document.encode())) == plain(Every.model_validate_json(document))
    else:
        with pytest.raises(SAYS_NO):
            decode(document.encode())


def test_a_document_with_every_field_is_read_as_the_contract_reads_it():
    document = Every(
        when=datetime(2020, 1, 2, 3, 4, 5, 678_901, UTC), part=Part(size=3), number=9
    ).model_dump_json()
    assert plain(compile_contract(Every)(document.encode())) == plain(
        Every.model_validate_json(document)
    )


def test_what_is_read_cannot_be_changed_and_shares_nothing():
    decode = compile_contract(Every)
    first, second = decode(b"{}"), decode(b"{}")
    assert first.items == second.items == [7]
    assert first.items is not second.items
    with pytest.raises(AttributeError):
        first.number = 2


class FieldRule(BaseModel):
    """A rule of one field."""

    number: int

    @field_validator("number")
    @classmethod
    def _any(cls, value):
        return value


class RuleBefore(BaseModel):
    """A rule of the whole, before it is read."""

    number: int

    @model_validator(mode="before")
    @classmethod
    def _any(cls, value):
        return value


class OwnMaking(BaseModel):
    """A model that is made by its own hand."""

    number: int

    def __init__(self, **fields):
        super().__init__(**fields)


def with_field(annotation):
    return create_model("Made", field=(annotation, ...))


@pytest.mark.parametrize(
    "model",
    [
        FieldRule,
        RuleBefore,
        OwnMaking,
        with_field(float),
        with_field(dict[str, int]),
        with_field(Decimal),
        with_field(Annotated[int, Field(multiple_of=2)]),
        with_field(Annotated[str, Field(pattern="^[a-z]+")]),
        with_field(Annotated[str, StringConstraints(pattern="^[a-z]+$", to_lower=True)]),
        with_field(list[float]),
        with_field(FieldRule),
    ],
    ids=lambda model: model.__name__ + str(model.model_fields.get("field", "")),
)
def test_a_contract_that_is_not_translated_is_not_compiled(model):
    assert compile_contract(model) is None


def test_all_rules_of_a_model_are_checked():
    class Two(BaseModel, strict=True):
        first: Annotated[date, Field(ge=date(2020, 1, 2))]
        second: Annotated[date, Field(le=date(2020, 1, 5))]

        @model_validator(mode="after")
        def _in_order(self):
            if self.first > self.second:
                raise ValueError("order")
            return self

    decode = compile_contract(Two)

    def takes(first, second):
        try:
            decode(
                json.dumps({"first": f"2020-01-0{first}", "second": f"2020-01-0{second}"}).encode()
            )
        except SAYS_NO:
            return False
        return True

    assert [takes(*days) for days in ((2, 5), (1, 5), (2, 6), (4, 3), (4, 4))] == [
        *(True, False, False, False, True)
    ]
