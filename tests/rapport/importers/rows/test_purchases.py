"""Rows of purchases in the field's files: amounts, refunds, zeros and currencies."""

from pathlib import Path

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping, read_mapping
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord
from rapport_schemas.wire.errors import RapportError

FIELD = Path(__file__).parents[3] / "data" / "field"
MAPPING = """
kind = "purchases"
title = "a ledger"
source = "urn:test:ledger"
client = "Unit"
[id]
content = ["No", "Amount", "Bedrag (€)", "Amount ($)"]
[purchase]
purchased_on = "Date"
supplier = "Supplier"
"""


def of(outcomes, kind):
    return [one for one in outcomes if isinstance(one, kind)]


def amounts(outcomes):
    """The amounts in minor units with their currency, by line."""
    data = {one.line: one.events[0].data for one in of(outcomes, SourceRecord)}
    return {line: (one.amount_minor, one.currency) for line, one in data.items()}


def reasons(outcomes):
    return {one.line: one.reason for one in of(outcomes, Rejection)}


@pytest.fixture
def ledger(csv_file, outcomes_of):
    """The outcome of each amount under a mapping of it."""

    def read(amount, *cells, header="Amount"):
        rows = [f'{n},Finance,2026-03-0{n},Acme,"{cell}"' for n, cell in enumerate(cells, 1)]
        path = csv_file(f"No,Unit,Date,Supplier,{header}", *rows)
        return outcomes_of(path, parse_mapping(MAPPING + amount, "test"))

    return read


def test_dutch_whole_euros_are_no_minus(outcomes_of):
    outcomes = outcomes_of(FIELD / "03-comma-dash.csv", read_mapping(FIELD / "03-comma-dash.toml"))
    assert amounts(outcomes) == {
        2: (125_000, "EUR"),
        3: (8_000, "EUR"),
        5: (9_900, "EUR"),
        6: (9_900, "EUR"),
        7: (125_000, "EUR"),
    }
    assert of(outcomes, Skipped) == [Skipped(4, "zero"), Skipped(8, "negative amount")]
    assert reasons(outcomes) == {9: "'US$ 12,50' is in USD, and the mapping says EUR"}


def test_accounting_notations_of_zero_and_minus(outcomes_of):
    outcomes = outcomes_of(FIELD / "04-accounting-amounts.csv", preset("uk-council-spend"))
    assert amounts(outcomes) == {
        line: (minor, "GBP")
        for line, minor in {2: 65_000, 9: 6_312, 10: 6_312, 11: 106_312}.items()
    }
    assert {one.line: one.reason for one in of(outcomes, Skipped)} == {
        **dict.fromkeys((3, 4, 13), "zero"),
        **dict.fromkeys((5, 6, 7, 8, 12), "negative amount"),
    }
    assert list(reasons(outcomes)) == [14, 15, 16]


def test_a_currency_that_is_not_the_mapping_s_refuses_its_row(outcomes_of):
    mapping = preset("purchase-card-ledger")
    outcomes = outcomes_of(FIELD / "30-currency-in-the-amount.csv", mapping)
    assert amounts(outcomes) == {4: (10_000, "GBP")}
    assert reasons(outcomes) == {
        2: "'€100.00' is in EUR, and the mapping says GBP",
        3: "'$100.00' is in USD or ARS or AUD or another, and the mapping says GBP",
        5: "'CHF 100.00' is in CHF, and the mapping says GBP",
    }


def test_without_a_currency_in_the_mapping_each_cell_gives_its_own(ledger):
    outcomes = ledger(
        'amount = { column = "Amount" }',
        "€100.00",
        "GBP 100.00",
        "CHF 100.00",
        "$100.00",
        "100.00",
        "US$5",
        "$7 CAD",
    )
    assert amounts(outcomes) == {
        2: (10_000, "EUR"),
        3: (10_000, "GBP"),
        4: (10_000, "CHF"),
        7: (500, "USD"),
        8: (700, "CAD"),
    }
    assert reasons(outcomes) == {
        5: "'$100.00' may be in USD or ARS or AUD or another; --currency, or `currency`, says it",
        6: "'100.00' has no currency; --currency, or `currency`, says it",
    }


@pytest.mark.parametrize("code", ["USD", "CAD", "AUD", "NZD", "SGD", "MXN"])
def test_a_dollar_sign_is_the_mapping_s_dollar(ledger, code):
    amount = f'amount = {{ column = "Amount", currency = {{ constant = "{code}" }} }}'
    assert amounts(ledger(amount, "$12.50")) == {2: (1_250, code)}


def test_two_currencies_in_one_cell_are_refused(ledger):
    amount = 'amount = { column = "Amount", currency = { constant = "EUR" } }'
    (reason,) = reasons(ledger(amount, "€ 12.50 GBP")).values()
    assert reason == "'€ 12.50 GBP' is in two currencies, and the mapping says EUR"


def test_the_currency_in_a_column_s_name_counts(ledger):
    taken = 'amount = { column = "Bedrag (€)" }'
    assert amounts(ledger(taken, "12,50", header="Bedrag (€)")) == {2: (1_250, "EUR")}
    wrong = 'amount = { column = "Amount", currency = { constant = "GBP" } }'
    (reason,) = reasons(ledger(wrong, "12.50", header="Amount (€)")).values()
    assert reason == "'12.50' is in EUR, and the mapping says GBP"


@pytest.mark.parametrize(
    ("code", "unit", "cell", "minor"),
    [
        ("JPY", "major", "1,250", 1_250),
        ("JPY", "major", "¥1.250", 1_250),
        ("KWD", "major", "1.250", 1_250),
        ("TND", "major", "1,250 DT", 1_250),
        ("BHD", "major", "1,250.500", 1_250_500),
        ("EUR", "minor", "1.250", 1_250),
        ("EUR", "minor", "125000", 125_000),
    ],
)
def test_the_decimals_of_the_currency_and_the_unit_settle_three_digits(
    ledger, code, unit, cell, minor
):
    amount = (
        f'amount = {{ column = "Amount", unit = "{unit}", currency = {{ constant = "{code}" }} }}'
    )
    assert amounts(ledger(amount, cell)) == {2: (minor, code)}


def test_a_column_of_currencies_must_be_there(ledger):
    with pytest.raises(RapportError, match=r"purchase.amount.currency needs the column 'Currency'"):
        ledger('amount = { column = "Amount", currency = "Currency" }', "12.50")


@pytest.mark.parametrize("zero", ["0.00", "0", "-0.00", "(0.00)", "€ 0.00", "0.00 CR", "-", "nil"])
def test_every_way_to_write_zero_is_left_out_as_zero(ledger, zero):
    options = 'amount = { column = "Amount", decimal = ".", currency = { constant = "EUR" } }'
    outcomes = ledger(options, zero, "0.01")
    assert of(outcomes, Skipped) == [Skipped(2, "zero")]
    assert amounts(outcomes) == {3: (1, "EUR")}


@pytest.mark.parametrize("amount", ["1.250", "12.500"])
def test_three_decimals_in_a_currency_without_them_may_be_thousands(ledger, amount):
    options = 'amount = { column = "Amount", decimal = ".", currency = { constant = "JPY" } }'
    (reason,) = reasons(ledger(options, amount)).values()
    assert reason == (
        f"{amount} has more decimals than JPY; --decimal, or `decimal` in the mapping, says the "
        "mark if the last digits are thousands"
    )


@pytest.mark.parametrize("amount", ["1.5", "1.2345"])
def test_other_decimals_can_be_rounded(ledger, amount):
    options = 'amount = { column = "Amount", decimal = ".", currency = { constant = "JPY" } }'
    (reason,) = reasons(ledger(options, amount)).values()
    assert (
        reason == f"{amount} has more decimals than JPY; check the currency; `round = true` rounds"
    )
