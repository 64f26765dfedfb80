"""The decimal mark is that of the whole file: shown by its amounts, or doubtful and refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from babel.numbers import format_decimal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.importers.errors import ImportFailed
from rapport.importers.inspection.doubt import DoubtfulFile
from rapport.importers.inspection.inspect import inspect, refuse_doubts, settled
from rapport.importers.mapping.schema import parse_mapping, with_amounts
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord
from rapport.importers.run import with_options

FIELD = Path(__file__).parents[3] / "data" / "field"
MAPPING = """
kind = "purchases"
title = "a ledger"
source = "urn:test:ledger"
client = "Afdeling"
[id]
content = ["Datum", "Leverancier", "Bedrag"]
[dates]
layouts = ["%d-%m-%Y"]
[purchase]
purchased_on = "Datum"
supplier = "Leverancier"
amount = { column = "Bedrag", currency = { constant = "EUR" } }
"""
WHOLE = MAPPING.replace('"EUR"', '"KWD"')


def ledger(folder, *amounts):
    path = folder / "ledger.csv"
    rows = [f"0{n % 9 + 1}-03-2026;Acme;{text};Finance" for n, text in enumerate(amounts)]
    path.write_text("\n".join(["Datum;Leverancier;Bedrag;Afdeling", *rows]), encoding="utf-8")
    return path


def mapping(text=MAPPING):
    return parse_mapping(text, "test")


def minor(path, by):
    """The amounts in minor units as an import reads them."""
    inspection = inspect(path, by)
    refuse_doubts(path, inspection)
    table, records = open_records(path, settled(by, inspection))
    try:
        return [
            o.events[0].data.amount_minor if isinstance(o, SourceRecord) else o.reason
            for o in records
        ]
    finally:
        table.close()


def test_whole_euros_with_points_are_refused_with_both_readings():
    path = FIELD / "02-dot-thousands.csv"
    with pytest.raises(DoubtfulFile) as refused:
        minor(path, mapping())
    (doubt,) = refused.value.doubts
    assert doubt[:3] == (2, "Bedrag", "1.250")
    assert doubt.readings == ("1.25 (--decimal point)", "1250 (--decimal comma)")
    assert doubt.rows == 2
    assert doubt.settle.startswith("no amount of the file shows its decimal mark; `--decimal`")


@pytest.mark.parametrize(
    ("mark", "expected"), [(",", [125_000, 1_280_000, 95_000]), (".", [125, 1_280, 95_000])]
)
def test_the_option_settles_it(mark, expected):
    path = FIELD / "02-dot-thousands.csv"
    assert minor(path, with_options(mapping(), decimal=mark)) == expected
    in_the_mapping = mapping(MAPPING.replace("currency", f'decimal = "{mark}", currency'))
    assert minor(path, in_the_mapping) == expected


@pytest.mark.parametrize(
    ("shown", "doubtful", "expected", "mark"),
    [
        ("1.234,50", "1.250", 125_000, ","),
        ("12,5", "1.250", 125_000, ","),
        ("€ 80,-", "1.250", 125_000, ","),
        ("1.234.567", "1.250", 125_000, ","),
        ("0,125 kg", "1,250", None, None),
        ("12.50", "1.250", 125, "."),
        ("12.50", "1,250", 125_000, "."),
        ("12,34,567", "1,250", 125_000, "."),
        ("(63.12)", "-1.250", None, "."),
    ],
)
def test_another_amount_of_the_file_settles_it_wherever_it_is(
    tmp_path, shown, doubtful, expected, mark
):
    for rows in ((shown, doubtful), (doubtful, shown), (doubtful, "7", doubtful, shown)):
        path = ledger(tmp_path, *rows)
        inspection = inspect(path, mapping())
        assert inspection.decimal_mark == mark
        assert bool(inspection.doubts) == (mark is None)
        if expected is not None:
            assert minor(path, mapping())[rows.index(doubtful)] == expected


def test_a_file_says_what_shows_its_mark(tmp_path):
    inspection = inspect(ledger(tmp_path, "1.250", "€ 1.234,50", "7"), mapping())
    assert inspection.decimal == (
        "comma; '€ 1.234,50' on line 3 shows it; 1 amounts such as '1.250' are read so"
    )
    assert inspection.currencies == ["EUR"]
    assert inspect(ledger(tmp_path, "7", "12"), mapping()).decimal is None


def test_both_marks_in_one_file_are_read_while_each_amount_shows_its_own(tmp_path):
    path = ledger(tmp_path, "12,50", "12.50")
    assert minor(path, mapping()) == [1_250, 1_250]
    assert inspect(path, mapping()).decimal == "each amount shows its own: comma 1, point 1"


def test_both_marks_and_a_doubtful_amount_are_refused(tmp_path):
    with pytest.raises(DoubtfulFile, match=r"'12\.50' on line 3 shows a point, '12,50' on line 2"):
        minor(ledger(tmp_path, "12,50", "12.50", "1.250"), mapping())


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (("1.250", "12.800"), [1_250, 12_800]),
        (("1,250", "12.5"), [1_250_000, 12_500]),
        (("1,250", "950"), None),
    ],
)
def test_a_currency_of_three_decimals(tmp_path, amounts, expected):
    path = ledger(tmp_path, *amounts)
    if expected is None:
        with pytest.raises(DoubtfulFile, match="1,250"):
            minor(path, mapping(WHOLE))
    else:
        assert minor(path, mapping(WHOLE)) == expected


def test_a_currency_without_decimals_has_groups_only(tmp_path):
    path = ledger(tmp_path, "1.250", "12,800", "950")
    assert minor(path, mapping(MAPPING.replace('"EUR"', '"JPY"'))) == [1_250, 12_800, 950]


def test_the_currencies_of_the_cells_are_told(tmp_path):
    by = mapping(MAPPING.replace(', currency = { constant = "EUR" }', ""))
    path = ledger(tmp_path, "€ 12,50", "£ 12.50", "CHF 12.50", "12.50")
    assert inspect(path, by).currencies == ["CHF", "EUR", "GBP"]


def test_a_currency_by_option_is_that_of_amounts_without_one(tmp_path):
    by = with_options(
        mapping(MAPPING.replace(', currency = { constant = "EUR" }', "")), currency="CHF"
    )
    outcomes = minor(ledger(tmp_path, "12.50", "€ 3.50"), by)
    assert outcomes == [1_250, "'€ 3.50' is in EUR, and the mapping says CHF"]


def test_options_that_cannot_be_are_refused():
    with pytest.raises(ImportFailed, match="--currency EURO is not a code of ISO 4217"):
        with_amounts(mapping(), currency="EURO")
    tickets = parse_mapping(
        'kind = "tickets"\ntitle = "t"\nsource = "urn:t"\nclient = "c"\nid = { columns = ["n"] }\n'
        '[ticket]\nopened_at = "o"\npriority = { constant = "P3" }\n',
        "test",
    )
    with pytest.raises(ImportFailed, match="--decimal and --currency are for purchases"):
        with_options(tickets, decimal=",")


values = st.decimals(min_value="0.01", max_value="9999999", places=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    amounts=st.lists(values, min_size=1, max_size=8),
    locale=st.sampled_from(["nl", "de", "en", "en_IN", "fr", "de_CH", "sv", "pt_BR"]),
    cents=st.booleans(),
)
def test_a_file_of_one_locale_is_read_rightly_or_refused(tmp_path, amounts, locale, cents):
    """No file is read a thousand times too small or too large."""
    if not cents:
        amounts = [amount.quantize(Decimal(1)) for amount in amounts]
    pattern = "#,##0.00" if cents else "#,##0"
    texts = [format_decimal(amount, pattern, locale=locale) for amount in amounts]
    path = ledger(tmp_path, *texts)
    try:
        read = minor(path, mapping())
    except DoubtfulFile:
        assert not cents
    else:
        assert read == [int(amount * 100) or "zero" for amount in amounts]
