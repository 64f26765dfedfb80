"""The unit that the name of a column of amounts says is proposed, and never passed over."""

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.amount_units import unit_in_name
from rapport.importers.mapping.money_marks import currencies_in_name
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord

THOUSANDS = (
    *("Bedrag (x € 1.000)", "Bedrag x 1000", "Amount x1,000", "Amount in thousands", "Bedrag k€"),
    *("Bedrag in duizenden", "Bedrag (in duizenden euro's)", "Betrag T€", "Betrag in TEUR"),
    *("Betrag (Tsd. EUR)", "Amount (£000)", "Amount (€'000)", "Amount ('000s)", "Amount (KEUR)"),
    *("amount_in_thousands", "Amount \u00d7 1 000", "Amount (€k)", "Betrag in Tausend"),
)
MILLIONS = (
    "Amount (M€)",
    "Bedrag in mln",
    "Betrag (Mio. EUR)",
    "Amount (£m)",
    "Bedrag x 1.000.000",
)
MINOR = (
    *("Amount (cents)", "Bedrag in centen", "Amount in minor units", "amount_cents", "amountMinor"),
    *("Amount in pence", "Betrag in Cent", "Bedrag (eurocent)"),
)
NONE = (
    "Amount",
    "Cost centre",
    "Amount per cent",
    "Percent",
    "Amount 2000",
    "Bedrag (€)",
    "Total K",
)
UNITS = {
    **dict.fromkeys(THOUSANDS, ("thousands", "12", 12_000_00)),
    **dict.fromkeys(MILLIONS, ("millions", "12", 12_000_000_00)),
    **dict.fromkeys(MINOR, ("minor", "125000", 1_250_00)),
}
MAPPING = """
kind = "purchases"
title = "t"
source = "urn:a"
client = "Department"
id = { columns = ["Order"] }
[purchase]
purchased_on = "Date"
supplier = "Supplier"
amount = { column = "NAME", currency = { constant = "EUR" } }
"""


def ledger(tmp_path, name, amount):
    path = tmp_path / "ledger.csv"
    header = f'Order;Date;Supplier;Department;"{name}"'
    path.write_text(f"{header}\nO1;2026-03-02;Acme;Finance;{amount}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_of_a_name(name):
    assert unit_in_name(name) == UNITS[name][0]


@pytest.mark.parametrize("name", NONE)
def test_a_name_without_a_unit(name):
    assert unit_in_name(name) is None


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Bedrag k€", {"EUR"}),
        ("TEUR", {"EUR"}),
        ("Net (EUR 000)", {"EUR"}),
        ("Net (M€)", {"EUR"}),
    ],
)
def test_a_currency_with_its_unit_is_still_one(name, codes):
    assert currencies_in_name(name) == codes


@pytest.mark.parametrize("name", ["Bedrag (x € 1.000)", "Amount (M€)", "Amount in minor units"])
def test_the_guess_proposes_the_unit_and_says_it(tmp_path, name):
    unit, amount, minor = UNITS[name]
    path = ledger(tmp_path, name, amount)
    proposal = guess(path)
    table, outcomes = open_records(path, proposal.mapping)
    found = [one.events[0].data for one in outcomes if isinstance(one, SourceRecord)]
    table.close()
    assert [(one.amount_minor, one.currency) for one in found] == [(minor, "EUR")]
    assert f'unit = "{unit}"' in proposal.text
    assert any(f"{name!r} says that its amounts are in" in note for note in proposal.notes)


@pytest.mark.parametrize("name", UNITS)
def test_a_mapping_that_says_no_unit_is_doubtful(tmp_path, name):
    unit, amount, _ = UNITS[name]
    path = ledger(tmp_path, name, amount)
    mapping = parse_mapping(MAPPING.replace("NAME", name), "a")
    [doubt] = inspect(path, mapping).doubts
    assert doubt.column == name
    assert f'unit = "{unit}"' in doubt.readings[0]
    assert "`unit` in [purchase.amount]" in doubt.settle
    for said in (unit, "major"):
        text = MAPPING.replace("NAME", name).replace("currency =", f'unit = "{said}", currency =')
        assert inspect(path, parse_mapping(text, "a")).doubts == []
