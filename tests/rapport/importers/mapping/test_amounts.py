"""Amounts of many countries, banks and ledgers: read, or refused with the reason."""

import re
from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from rapport.importers.errors import RowError
from rapport.importers.mapping.amounts import decimal_of, split_amount
from rapport.importers.mapping.columns import TypedNumber
from rapport.importers.mapping.money_marks import CURRENCIES, currencies_in_name
from rapport_schemas.currencies import DECIMALS

LOCALES = re.findall(
    r"\S+",
    "nl nl_BE de de_AT en en_IE en_IN en_ZA fr fr_BE fr_CA it es es_MX pt pt_BR sv da nb fi pl cs "
    "sk hu ro bg hr sl el tr ru uk et lv lt ja zh ko id vi th he hi",
)
"""Without de_CH, it_CH and de_LI: their currencies take a point and their numbers a comma."""
SWISS = ("de_CH", "fr_CH", "it_CH", "de_LI")


def value(text, mark=None, decimals=2):
    return decimal_of(split_amount(text, "purchase.amount"), mark, decimals, "purchase.amount")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€ 80,-", "80"),
        ("€ 80,--", "80"),
        ("80,— €", "80"),
        ("€ 1.250,-", "1250"),
        ("-€ 80,-", "-80"),
        ("(80,-)", "-80"),
        ("80,=", "80"),
        ("63,12 -/-", "-63.12"),
        ("-/- 63,12", "-63.12"),
        ("Rs. 500/-", "500"),
        ("\u20b91,00,000/-", "100000"),
        ("12,50 Af", "12.50"),
        ("12,50 Bij", "-12.50"),
        ("US $12.50", "12.50"),
        ("'12.50", "12.50"),
        ("€ 1.250,00", "1250.00"),
        ("EUR99,00", "99.00"),
        ("99,00EUR", "99.00"),
        ("€ 0,125", "0.125"),
        ("1 250,00", "1250.00"),
        ("1\u00a0250,00\u00a0€", "1250.00"),
        ("1\u202f250,00\u202f€", "1250.00"),
        ("1\u2009250\u2009000,5", "1250000.5"),
        ("1 250", "1250"),
        ("CHF 12.\u2013", "12"),
        ("Fr. 12.-", "12"),
        ("SFr. 1'234.50", "1234.50"),
        ("CHF 1\u2019234\u2019567.50", "1234567.50"),
        ("1'234,50", "1234.50"),
        ("£1,234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("₹12,34,567.50", "1234567.50"),
        ("Rs. 1,23,456", "123456"),
        ("(63.12)", "-63.12"),
        ("£(63.12)", "-63.12"),
        ("£ (63.12)", "-63.12"),
        ("(£63.12)", "-63.12"),
        ("(63.12) GBP", "-63.12"),
        ("$(0.01)", "-0.01"),
        ("€(63,12)", "-63.12"),
        ("-£63.12", "-63.12"),
        ("£-63.12", "-63.12"),
        ("£ 63.12-", "-63.12"),
        ("63.12 -", "-63.12"),
        ("63.12 DR", "63.12"),
        ("£1,063.12 DR", "1063.12"),
        ("1,063.12 CR", "-1063.12"),
        ("63.12cr", "-63.12"),
        ("63,12 debet", "63.12"),
        ("63,12 Soll", "63.12"),
        ("63,12 Haben", "-63.12"),
        ("\u221263.12", "-63.12"),
        ("\u201363,12", "-63.12"),
        ("\u200e-63.12", "-63.12"),
        ("+63.12", "63.12"),
        ("GBP63.12", "63.12"),
        ("63.12 GBP", "63.12"),
        ("US$ 12,50", "12.50"),
        ("$1,234.50 CAD", "1234.50"),
        ("1 234,50 kr.", "1234.50"),
        ("12,50 zł", "12.50"),
        (".5", "0.5"),
        ("12.", "12"),
        ("1.5e-05", "0.000015"),
        ("1e+05", "100000"),
        ("1234.500", "1234.500"),
        ("\uff11\uff12\uff0e\uff15\uff10", None),
    ],
)
def test_an_amount_in_any_notation_is_read_without_a_decimal_mark_in_the_mapping(text, expected):
    if expected is None:
        with pytest.raises(RowError, match="is not an amount"):
            value(text)
    else:
        assert value(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "\u2013",
        "\u2212",
        "--",
        "€ -",
        "£-   ",
        "- €",
        "$ -",
        "(-)",
        "EUR --",
        "nil",
        "Nihil",
        "€ nil",
    ],
)
def test_a_dash_or_nil_is_zero(text):
    assert split_amount(text, "").is_zero_by_dash
    assert value(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "888361 71",
        "£63.12p",
        "[63.12]",
        "12 apples",
        "1,23,4",
        "12.34.56",
        "1.234'567,89",
        "1 234.567,89",
        "--5",
        "12,50,-",
        "-/-5-/-",
        "-(5)",
        "()",
        "€",
        "",
        "1_000",
        "nan",
        "Infinity",
        "0x10",
        "5%",
        "1/2",
        "1.23E+05",
        "x" * 100,
    ],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(RowError, match=r"is not an amount|shortened this amount"):
        value(text)


@pytest.mark.parametrize("text", ["1.250", "12.800", "123,456", "€ 1.250", "-1.005", "1,000 EUR"])
def test_three_digits_behind_the_only_mark_are_refused_with_both_values(text):
    with pytest.raises(
        RowError, match=r"may be [\d.]+ or [\d.]+; --decimal point or --decimal comma"
    ):
        value(text)


@pytest.mark.parametrize(
    ("text", "mark", "decimals", "expected"),
    [
        ("1.250", ",", 2, "1250"),
        ("1.250", ".", 2, "1.25"),
        ("1,250", ".", 2, "1250"),
        ("1,250", None, 0, "1250"),
        ("1.250", None, 0, "1250"),
        ("1.250", None, 3, "1.25"),
        ("1,250", None, 3, "1.25"),
        ("1,250.500", None, 3, "1250.5"),
        ("12.345", None, 3, "12.345"),
    ],
)
def test_the_mapping_or_the_currency_s_decimals_settle_three_digits(text, mark, decimals, expected):
    assert value(text, mark, decimals) == Decimal(expected)


@pytest.mark.parametrize(("text", "mark"), [("1.234,50", "."), ("1,234.50", ","), ("12,5", ".")])
def test_a_mark_that_is_not_the_mapping_s_is_refused(text, mark):
    with pytest.raises(RowError, match="not an amount with the decimal mark"):
        value(text, mark)


@pytest.mark.parametrize("text", ["1.125", "1250", "-3.5", "1e-07"])
@pytest.mark.parametrize("mark", [None, ".", ","])
def test_a_number_of_a_workbook_or_of_json_has_one_reading(text, mark):
    assert value(TypedNumber(text), mark) == Decimal(text)


amounts = st.decimals(min_value="0.01", max_value="999999999.99", places=2)


@given(amount=amounts, locale=st.sampled_from([*LOCALES, *SWISS]))
def test_what_babel_writes_in_any_locale_is_read_back(amount, locale):
    assert value(format_decimal(amount, "#,##0.00", locale=locale)) == amount


@given(
    amount=amounts.map(lambda amount: amount.copy_sign(-1)) | amounts,
    locale=st.sampled_from(LOCALES),
    code=st.sampled_from(["EUR", "USD", "CAD", "GBP", "SEK", "PLN", "CHF", "INR", "ZAR"]),
    accounting=st.booleans(),
    name=st.booleans(),
)
def test_money_that_babel_writes_in_any_locale_is_read_back_with_its_currency(
    amount, locale, code, accounting, name
):
    style = "accounting" if accounting else "standard"
    pattern = Locale.parse(locale).currency_formats[style].pattern
    text = format_currency(
        amount, code, pattern.replace("¤", "¤¤") if name else None, locale=locale, format_type=style
    )
    parts = split_amount(text, "")
    assert parts.currencies is not None
    assert code in parts.currencies
    assert decimal_of(parts, None, 2, "") == amount


@given(whole=st.integers(1, 10**9), sign=st.sampled_from(["-", "\u2212", "\u2013", ""]))
def test_whole_euros_with_a_dash_for_the_cents_are_read_back(whole, sign):
    text = f"{sign}€ {format_decimal(whole, locale='nl')},-"
    assert value(text) == (-whole if sign else whole)


def test_every_mark_of_a_currency_means_known_codes():
    for mark, codes in CURRENCIES.items():
        assert codes, mark
        assert codes <= DECIMALS.keys(), mark


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Amount (£)", CURRENCIES["£"]),
        ("Bedrag (EUR)", {"EUR"}),
        ("Bedrag in euro's", {"EUR"}),
        ("amount_usd", {"USD"}),
        ("Total US$", {"USD"}),
        ("ALL AMOUNTS", None),
        ("Top amount", None),
        ("Net amount", None),
        ("Amount (net)", None),
    ],
)
def test_a_column_s_name_tells_a_currency(name, codes):
    assert currencies_in_name(name) == codes
