"""The policy: refused with its place, its reason and what is allowed; documented whole."""

import re
from pathlib import Path

import pytest

from rapport.streams.catalogue.policy_page import documented
from rapport.streams.core.policy import Policy, PolicyError, parse_policy
from rapport.streams.core.policy_fields import policy_fields
from rapport.streams.core.toml_document import DOCUMENT_BYTES_MAX

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
POLICY = parse_policy(TEXT)
GBP = '{ currency = "GBP", from_date = 2024-01-01, rate = 1.15 }'


def changed(line, to):
    found = re.search(rf"^{re.escape(line)}(?!\w).*$", TEXT, re.MULTILINE)
    assert found, line
    return TEXT[: found.start()] + to + TEXT[found.end() :], TEXT[: found.start()].count("\n") + 1


REFUSED = {
    "out of range": ("base_rate = 0.5", "base_rate = 1.5", "trust.base_rate", "1.5", "0 to 1"),
    "negative weight": ("survey = 4", "survey = -4", "trust.weights.survey", "-4", "0 to 100"),
    "not finite": ("base_rate = 0.5", "base_rate = nan", "trust.base_rate", "nan", "0 to 1"),
    "another unit": (
        "half_life_days = 90",
        'half_life_days = "90 days"',
        "trust.half_life_days",
        "'90 days'",
        "a whole number 1 to 3650",
    ),
    "a number in quotes": (
        "half_life_days = 90",
        'half_life_days = "90"',
        "trust.half_life_days",
        "'90'",
        "a whole number",
    ),
    "a truth value": (
        "alert_minimum = 3",
        "alert_minimum = true",
        "alert_minimum",
        "True",
        "1 to 100",
    ),
    "half a day": (
        "half_life_days = 90",
        "half_life_days = 90.5",
        "half_life_days",
        "90.5",
        "whole",
    ),
    "an unknown currency": (
        "reporting_currency",
        'reporting_currency = "XXQ"',
        "money.reporting_currency",
        "'XXQ'",
        "ISO 4217",
    ),
    "no list": ("rates = []", "rates = 3", "money.rates", "3", "a list 0 to 10000 entries"),
    "a negative rate": (
        "rates = []",
        f"rates = [{GBP.replace('1.15', '-1')}]",
        "money.rates.0.rate",
        "-1",
        "greater than 0",
    ),
    "no it categories": ("it_categories", "it_categories = []", "it_categories", "[]", "1 to 1000"),
}


@pytest.mark.parametrize(("line", "to", "place", "met", "allowed"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_value_is_refused_with_its_line_the_reason_and_what_is_allowed(
    line, to, place, met, allowed
):
    text, number = changed(line, to)
    with pytest.raises(PolicyError) as refused:
        parse_policy(text, "my.toml")
    message = str(refused.value)
    assert message.startswith("my.toml is refused")
    (reason,) = message.splitlines()[1:]
    assert place in reason
    assert f"line {number}" in reason
    assert met.lower() in reason.lower()
    assert allowed in reason


@pytest.mark.parametrize(
    ("line", "to", "says"),
    [
        (
            "recency = 0.20",
            "recency = 0.30",
            "engagement.weights (line 52): the weights sum to 1.10",
        ),
        ("half_life_days = 90", "half_live_days = 90", "unknown key; known here: half_life_days,"),
        ("half_life_days = 90", "", "trust.half_life_days (line 10): missing; allowed: a whole"),
        ("half_life_days = 90", "half_life_days = 90\nhalf_life_days = 90", "at line 12"),
        ("prior_weight = 2", "prior_weight 2", "at line 12"),
        ("rates = []", f"rates = [{GBP}, {GBP}]", "GBP from 2024-01-01 is given twice"),
        ("watch_probability", "watch_probability = 0.001", "below alert_probability 0.0036"),
    ],
    ids=["sum", "unknown key", "missing key", "key twice", "no TOML", "rate twice", "order"],
)
def test_a_document_that_does_not_hold_together_is_refused_with_the_place(line, to, says):
    with pytest.raises(PolicyError, match=re.escape(says)):
        parse_policy(changed(line, to)[0])


def test_weights_that_are_all_zero_are_refused():
    weights = re.sub(
        r"(?m)^(recency|frequency|breadth|response|strategic) = 0\.\d+", r"\1 = 0", TEXT
    )
    with pytest.raises(PolicyError, match="sum to 0; they must sum to 1"):
        parse_policy(weights)


def test_a_policy_of_ten_mebibytes_is_refused_at_once():
    with pytest.raises(PolicyError, match=str(DOCUMENT_BYTES_MAX)):
        parse_policy("# padding\n" * 1_048_576)


@pytest.mark.parametrize(
    "document",
    ["x = " + "[" * 100_000, "x = " + "9" * 5000, "x = 2024-02-30", "\x00"],
    ids=["nested", "digits", "february", "nul"],
)
def test_a_hostile_document_is_refused_as_any_other(document):
    with pytest.raises(PolicyError, match="not TOML"):
        parse_policy(document)


def test_a_number_of_a_million_places_is_refused():
    with pytest.raises(PolicyError, match="9 decimal places"):
        parse_policy(changed("base_rate = 0.5", "base_rate = 1e-999999")[0])


def test_a_refusal_of_much_says_how_much_more_there_is():
    text = TEXT + "".join(f"unknown_{number} = 1\n" for number in range(500))
    with pytest.raises(PolicyError, match="and 480 more") as refused:
        parse_policy(text)
    assert len(str(refused.value)) < 10_000


def test_the_hash_follows_the_content_and_not_the_layout():
    assert parse_policy("# a comment\n" + TEXT).hash == POLICY.hash
    assert parse_policy(changed("base_rate = 0.5", "base_rate = 0.6")[0]).hash != POLICY.hash
    assert parse_policy(changed("rates = []", f"rates = [{GBP}]")[0]).hash != POLICY.hash


def test_every_key_says_its_unit_what_is_allowed_and_what_it_means():
    said = documented(TEXT)
    assert set(said) == {field.name for field in policy_fields(Policy)}
    for field in policy_fields(Policy):
        key = said[field.name]
        assert key.allowed == field.allowed, field.name
        assert key.unit, field.name
        assert len(key.meaning) > 5, field.name
