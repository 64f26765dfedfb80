"""Policy: refused with the key, the reason and the allowed values; documented in full."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from rapport.domain.documents import validation
from rapport.domain.documents.fields import document_fields
from rapport.domain.documents.toml import DOCUMENT_BYTES_MAX
from rapport.domain.policy.model import Policy, PolicyError, parse_policy
from rapport.monitoring.docs.policy import documented

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
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


@pytest.mark.parametrize(
    ("line", "to", "location", "met", "allowed"), REFUSED.values(), ids=REFUSED
)
def test_a_wrong_value_is_refused_with_its_line_the_reason_and_what_is_allowed(
    line, to, location, met, allowed
):
    text, number = changed(line, to)
    with pytest.raises(PolicyError) as refused:
        parse_policy(text, "my.toml")
    message = str(refused.value)
    assert message.startswith("my.toml is refused")
    (reason,) = message.splitlines()[1:]
    assert location in reason
    assert f"line {number}" in reason
    assert met.lower() in reason.lower()
    assert allowed in reason


@pytest.mark.parametrize(
    ("line", "to", "says"),
    [
        (
            "recency = 0.20",
            "recency = 0.30",
            "engagement.weights (line 51): the weights sum to 1.10",
        ),
        (
            "half_life_days = 90",
            "half_live_days = 90",
            "unknown key (did you mean half_life_days?); allowed keys: half_life_days,",
        ),
        ("half_life_days = 90", "", "trust.half_life_days (line 10): missing; allowed: a whole"),
        ("half_life_days = 90", "half_life_days = 90\nhalf_life_days = 90", "at line 12"),
        ("prior_weight = 2", "prior_weight 2", "at line 12"),
        ("rates = []", f"rates = [{GBP}, {GBP}]", "GBP from 2024-01-01 is given twice"),
        ("watch_probability", "watch_probability = 0.001", "below alert_probability 0.0036"),
    ],
    ids=["sum", "unknown key", "missing key", "key twice", "no TOML", "rate twice", "order"],
)
def test_an_inconsistent_document_is_refused_with_the_key(line, to, says):
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


def test_a_refusal_counts_the_errors_that_it_does_not_show():
    text = TEXT + "".join(f"unknown_{number} = 1\n" for number in range(500))
    with pytest.raises(PolicyError, match="and 480 more") as refused:
        parse_policy(text)
    assert len(str(refused.value)) < 10_000


def test_the_hash_follows_the_content_and_not_the_layout():
    assert parse_policy("# a comment\n" + TEXT).hash == POLICY.hash
    assert parse_policy(changed("base_rate = 0.5", "base_rate = 0.6")[0]).hash != POLICY.hash
    assert parse_policy(changed("rates = []", f"rates = [{GBP}]")[0]).hash != POLICY.hash


def test_every_key_documents_its_unit_range_and_meaning():
    documented_keys = documented(TEXT)
    assert set(documented_keys) == {field.name for field in document_fields(Policy)}
    for field in document_fields(Policy):
        key = documented_keys[field.name]
        assert key.allowed == field.allowed, field.name
        assert key.unit, field.name
        assert len(key.meaning) > 5, field.name


HARDER = {
    "trust": ("0.65", "0.66"),
    "engagement": ("0.50", "0.51"),
    "knowledge": ("0.60", "0.61"),
    "uncertainty": ("0.40", "0.39"),
    "gap": ("0.20", "0.19"),
}


def staying(name, value):
    """The bundled policy, with another bound for staying a partner."""
    before, section, after = TEXT.partition("[maturity.stay_partner]")
    return before + section + re.sub(rf"(?m)^{name} = \S+", f"{name} = {value}", after, count=1)


@pytest.mark.parametrize(("name", "bounds"), HARDER.items(), ids=HARDER)
def test_the_criteria_to_stay_may_equal_those_to_reach_a_stage_but_not_exceed_them(name, bounds):
    same, harder = bounds
    assert float(getattr(parse_policy(staying(name, same)).maturity.stay_partner, name)) == float(
        same
    )
    with pytest.raises(
        PolicyError, match=f"maturity .line .*stay_partner asks more than to_partner in {name}"
    ):
        parse_policy(staying(name, harder))


def test_every_criterion_that_is_harder_is_named():
    with pytest.raises(PolicyError, match="asks more than to_partner in trust, gap"):
        parse_policy(staying("trust", "0.66").replace("gap = 0.30", "gap = 0.10"))
    before, section, after = TEXT.partition("[maturity.stay_anticipator]")
    text = before + section + after.replace("trust = 0.67", "trust = 0.76", 1)
    with pytest.raises(
        PolicyError, match="stay_anticipator asks more than to_anticipator in trust"
    ):
        parse_policy(text)


@pytest.mark.parametrize(
    ("line", "to", "says"),
    [
        ("watch_probability", "watch_probability = 0.0036", None),
        ("watch_probability", "watch_probability = 0.0035", "below alert_probability"),
        ("invitations_minimum", "invitations_minimum = 5", None),
        ("invitations_minimum", "invitations_minimum = 4", "must be at least"),
        ("rates = []", f"rates = [{GBP}, {GBP.replace('01-01', '01-02')}]", None),
        ("rates = []", f"rates = [{GBP.replace('GBP', 'EUR')}]", "the reporting currency needs no"),
        ("rates = []", f"rates = [{GBP.replace('GBP', 'USD')}]", None),
        ("it_categories", f'it_categories = ["{"x" * 64}"]', None),
        ("it_categories", f'it_categories = ["{"x" * 65}"]', "at most 64 characters"),
        ("it_categories", 'it_categories = ["x"]', None),
        ("it_categories", 'it_categories = [""]', "at least 1 character"),
    ],
)
def test_values_exactly_at_a_consistency_bound_are_accepted(line, to, says):
    text = changed(line, to)[0]
    if says is None:
        parse_policy(text)
    else:
        with pytest.raises(PolicyError, match=says):
            parse_policy(text)


BOUNDED = [field for field in document_fields(Policy) if re.fullmatch(r"\S+ to \S+", field.allowed)]


def with_value(field, value):
    """The bundled policy with one value changed, before it is checked."""
    document = tomllib.loads(TEXT, parse_float=Decimal)
    section = document
    for step in field.location[:-1]:
        section = section[step]
    section[field.location[-1]] = value
    return document


@pytest.mark.parametrize("field", BOUNDED, ids=lambda field: field.name)
def test_each_number_is_taken_at_both_bounds_and_refused_beyond(field):
    low, high = map(Decimal, field.allowed.split(" to "))
    step = 1 if field.kind == "whole number" else Decimal("0.0001")
    for value in (low, high):
        exact = int(value) if field.kind == "whole number" else value
        try:
            Policy.model_validate(with_value(field, exact))
        except ValidationError as error:  # it may contradict another key, and not its own bound
            assert {item["type"] for item in error.errors()} == {"value_error"}
    for value in (low - step, high + step):
        exact = int(value) if field.kind == "whole number" else value
        with pytest.raises(ValidationError) as refused:
            Policy.model_validate(with_value(field, exact))
        assert refused.value.errors()[0]["type"] in {"greater_than_equal", "less_than_equal"}


OPEN = {
    "announce.minimum": ("over 0 to 1", [Decimal(0), Decimal("1.001")], [Decimal(1)]),
    "purchases.alert_probability": ("over 0 to under 1", [0.0, 1.0], [1e-9]),
    "purchases.watch_probability": ("over 0 to under 1", [0.0, 1.0], [0.999]),
    "purchases.spread.probability": ("over 0 to under 1", [0.0, 1.0], [1e-9, 0.999]),
    "purchases.peers.probability": ("over 0 to under 1", [0.0, 1.0], [1e-9, 0.999]),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_bound_that_is_not_allowed_itself_is_refused(name):
    allowed, refused, taken = OPEN[name]
    (field,) = [one for one in document_fields(Policy) if one.name == name]
    assert field.allowed == allowed
    for value in taken:
        Policy.model_validate(with_value(field, value))
    for value in refused:
        with pytest.raises(ValidationError):
            Policy.model_validate(with_value(field, value))


def test_a_rate_counts_from_its_day_on_whichever_order_they_are_given_in():
    rates = f"rates = [{GBP}, {GBP.replace('2024-01-01', '1970-01-02').replace('1.15', '2')}]"
    table = parse_policy(changed("rates = []", rates)[0]).money.table
    first = date(2024, 1, 1).toordinal() - date(1970, 1, 1).toordinal()
    days = (0, 1, first - 1, first)
    assert [table.converted(100, "GBP", day) for day in days] == [None, 200, 200, 115]


def test_the_table_of_rates_and_the_hash_are_made_once():
    assert POLICY.money.table is POLICY.money.table
    assert POLICY.hash == parse_policy(TEXT).hash
    assert len(POLICY.hash) == 12
    assert set(POLICY.hash) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("extra", "taken"), [(0, True), (1, False)], ids=["at the bound", "one character more"]
)
def test_a_document_is_bounded_in_characters(extra, taken):
    text = TEXT + "#" * (1_048_576 - len(TEXT) + extra)
    if taken:
        assert parse_policy(text).hash == POLICY.hash
    else:
        with pytest.raises(PolicyError, match="over 1048576 bytes"):
            parse_policy(text)


@pytest.mark.parametrize(("wrong", "more"), [(20, None), (21, "and 1 more")])
def test_twenty_errors_are_shown_and_the_others_counted(wrong, more):
    text = TEXT + "".join(f"unknown_{number} = 1\n" for number in range(wrong))
    with pytest.raises(PolicyError) as refused:
        parse_policy(text)
    _, *reasons = str(refused.value).splitlines()
    assert len(reasons) == 20 + (more is not None)
    assert reasons[-1].strip() == more or more is None


@pytest.mark.parametrize(
    ("length", "shown"), [(58, "x" * 58 + "': "), (59, "x" * 59 + "...: ")], ids=["whole", "cut"]
)
def test_a_long_value_is_cut_at_sixty_characters(length, shown):
    with pytest.raises(PolicyError) as refused:
        parse_policy(changed("base_rate = 0.5", f'base_rate = "{"x" * length}"')[0])
    assert f": '{shown}no number; allowed: a number 0 to 1" in str(refused.value)


def test_each_value_that_is_not_a_number_has_a_line():
    text = changed("base_rate = 0.5", 'base_rate = "half"')[0]
    text = text.replace("\nprior_weight = 2 ", "\nprior_weight = false ")
    with pytest.raises(PolicyError) as refused:
        parse_policy(text, "my.toml")
    assert str(refused.value).splitlines() == [
        "my.toml is refused:",
        "  trust.prior_weight (line 12): False: no number; allowed: a whole number 1 to 100",
        "  trust.base_rate (line 13): 'half': no number; allowed: a number 0 to 1",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("trust = 3", "trust (line 1): must be a table of keys and values"),
        ("", "ledger (not in the file): missing"),
        (
            "# trust\n[trust]\nx = 1 # [y]\n",
            "trust.x (line 3): unknown key; allowed keys: half_life",
        ),
        ("[trust]\n[trust.caps]\nsurvey = 0\n", "trust.caps.survey (line 3): 0: input should be"),
        ("[trust.caps]\n", "trust.caps.rating (line 1): missing; allowed: a number 1 to 1000"),
        ("\n[money]\nreporting_currency = 'EUR'\nrates = [{}]", "money.rates.0.rate (line 4)"),
        (
            "[money]\nreporting_currency = 'EUR'\nrates = [{x = 1}]",
            "money.rates.0.x (line 3): unknown key; allowed keys: currency, from_date, rate",
        ),
    ],
    ids=["no section", "empty", "comments", "below", "section", "in a list", "unknown in a list"],
)
def test_a_reason_names_the_nearest_line_that_the_file_has(monkeypatch, text, says):
    monkeypatch.setattr(validation, "REASONS_MAX", 1_000)
    with pytest.raises(PolicyError) as refused:
        parse_policy(text)
    assert f"\n  {says}" in str(refused.value)


def test_the_desk_keeps_nothing_longer_than_the_ledger():
    """So a policy of before the desk, which lowers the horizon alone, is valid."""
    lowered, _ = changed("horizon_days = 1600", "horizon_days = 400")
    assert parse_policy(lowered).desk_keep_days == 400
    assert POLICY.desk_keep_days == POLICY.desk.keep_days == 1100
