"""Columns that a guess takes by their names, their values, and the scale that a name says."""

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.inference.surveys import named_scale
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord

PURCHASE = {"Order number": "O", "Date": "2026-03-0", "Supplier": "Acme", "Department": "Finance"}


def proposal(tmp_path, kind, *rows):
    path = tmp_path / "a.csv"
    lines = [";".join(rows[0]), *[";".join(row.values()) for row in rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, guess(path, kind)


def purchases(tmp_path, **columns):
    rows = [
        {name: value + str(n) for name, value in list(PURCHASE.items())[:2]}
        | {"Supplier": "Acme", "Department": "Finance"}
        | {name: values[n - 1] for name, values in columns.items()}
        for n in (1, 2)
    ]
    return proposal(tmp_path, "purchases", *rows)


@pytest.mark.parametrize(
    ("other", "values"),
    [
        ("Cost Center - ID", ["0012", "0013"]),
        ("Kosten", ["0012", "0013"]),
        ("VAT Spend", ["2.10", "4.20"]),
        ("Tax value", ["2.10", "4.20"]),
        ("Unit Price EUR", ["1.10", "1.20"]),
        ("Budget amount", ["900.00", "900.00"]),
        ("Btw-bedrag regel", ["2.10", "4.20"]),
    ],
)
def test_a_code_a_tax_a_unit_price_and_a_budget_are_no_amount(tmp_path, other, values):
    columns = {other: values, "sum(Invoice Spend)": ["12.50", "99.00"]}
    _, found = purchases(tmp_path, **columns)
    assert found.mapping.purchase.amount.column == ["sum(Invoice Spend)"]


@pytest.mark.parametrize("name", ["Spend excl. VAT", "Amount incl. tax (EUR)", "Bedrag ex btw"])
def test_an_amount_that_says_its_tax_is_one(tmp_path, name):
    _, found = purchases(tmp_path, **{name: ["12.50", "99.00"]})
    assert found.mapping.purchase.amount.column == [name]


def test_other_columns_that_may_be_the_amount_are_named(tmp_path):
    columns = {"Invoice Spend": ["12.50", "9.00"], "Approved spend": ["12.00", "8.00"]}
    _, found = purchases(tmp_path, **columns)
    assert [one for one in found.notes if "'Approved spend' may be it too" in one]


@pytest.mark.parametrize(
    ("name", "sides"),
    [
        ("Af Bij", ["Af", "Bij"]),
        ("D/C", ["D", "C"]),
        ("Side", ["Debit", "Credit"]),
        ("Soll/Haben", ["S", "H"]),
    ],
)
def test_what_was_received_is_no_purchase(tmp_path, name, sides):
    path, found = purchases(tmp_path, **{name: sides, "Amount": ["12.50", "99.00"]})
    assert found.mapping.skip == {name: [sides[1]]}
    assert [one for one in found.notes if one.startswith(repr(name)) and "left out" in one]
    table, records = open_records(path, found.mapping)
    read = [one for one in records if isinstance(one, SourceRecord)]
    table.close()
    assert len(read) == 1


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("Ik vertrouw IT (1 = helemaal mee eens, 5 = helemaal mee oneens)", (1, 5, True)),
        ("I trust IT (1 = strongly disagree, 7 = strongly agree)", (1, 7, False)),
        ("Vertrauen [1: sehr zufrieden; 6: sehr unzufrieden]", (1, 6, True)),
        ("I trust IT (1-7)", (1, 7, False)),
        ("Vertrouwen (schaal 0 t/m 10)", (0, 10, False)),
        ("I trust IT", None),
        ("I trust IT (2026-03)", None),
        ("Trust (1 = red, 5 = blue)", None),
    ],
)
def test_the_scale_that_a_name_says(name, scale):
    assert named_scale(name) == scale


def test_a_guess_takes_the_scale_of_the_name(tmp_path):
    name = "Ik vertrouw IT (1 = helemaal mee eens, 5 = helemaal mee oneens)"
    rows = [
        {"Response ID": str(n), "Timestamp": "2026-03-02", "Department": "Finance", name: str(n)}
        for n in (1, 2)
    ]
    _, found = proposal(tmp_path, "surveys", *rows)
    (answer,) = found.mapping.survey.answers
    assert (answer.lowest, answer.highest, answer.reversed) == (1, 5, True)


TICKET = {"Ticket ID": "1", "Dept": "Finance", "Date Occurred": "2026-03-02 09:00:00"}


@pytest.mark.parametrize(
    ("name", "values", "part"),
    [
        ("Closed On Time?", ["yes", "no"], ("sla", "column")),
        ("IsWithinSLA", ["true", "false"], ("sla", "column")),
        ("Fix By Date", ["2026-03-05 09:00:00"] * 2, ("sla", "due")),
        ("Impact", ["High", "Low"], ("priority", "column")),
    ],
)
def test_names_of_other_service_desks(tmp_path, name, values, part):
    rows = [
        TICKET | {"Ticket ID": str(n), name: value, "Closed": "0000-00-00"}
        for n, value in enumerate(values)
    ]
    _, found = proposal(tmp_path, "tickets", *rows)
    ticket = found.mapping.ticket.model_dump()
    assert "Date Occurred" in str(ticket["opened_at"])
    assert name in str(ticket[part[0]][part[1]])
    assert "Dept" in str(found.mapping.client)
    assert "0000-00-00" in found.mapping.file.missing
