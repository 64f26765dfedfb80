"""Two clients whose names fold to one key by the loss of letters refuse the file."""

import pytest

from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.client_cell import client_key

MAPPING = """
kind = "purchases"
title = "t"
source = "urn:test:spend"
id = {{ columns = ["id"] }}
[client]
column = "unit"
{keys}
[purchase]
purchased_on = "on"
supplier = {{ constant = "x" }}
amount = {{ column = "amount", currency = {{ constant = "EUR" }} }}
"""


def doubts(folder, *names, keys=""):
    path = folder / "spend.csv"
    rows = [f'{n},2026-03-02,"{name}",5' for n, name in enumerate(names)]
    path.write_text("\n".join(["id,on,unit,amount", *rows]), encoding="utf-8")
    return inspect(path, parse_mapping(MAPPING.format(keys=keys), "test")).doubts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Отдел 1", "Филиал 1"),
        ("C++", "C#"),
        ("C", "C#"),
        ("部門 A", "支店 A"),
        ("Τμήμα 2", "2"),
        ("x" * 64 + "a", "x" * 64 + "b"),
    ],
)
def test_two_names_with_one_key_are_doubtful(tmp_path, first, second):
    (doubt,) = doubts(tmp_path, first, first, second, second)
    assert (doubt.line, doubt.column, doubt.text, doubt.rows) == (4, "unit", second, 2)
    assert first[:40] in doubt.readings[0]
    assert "line 2" in doubt.readings[0]
    assert "client.values" in doubt.settle


@pytest.mark.parametrize(
    "names",
    [
        ["Finance", "FINANCE", " finance ", "fi-nance"],
        ["Café & Zn.", "cafe zn", "Cafe\u0301_Zn"],
        ["Straße", "STRASSE", "Strasse"],
        ["Отдел 1", "отдел  1", "Отдел-1"],
        ["Dept #1", "Dept 1", "HR+IT", "HR IT"],
        ["Finance", "***", "", "финансы"],
    ],
)
def test_names_that_differ_in_case_accents_and_spacing_are_one_client(tmp_path, names):
    assert doubts(tmp_path, *names) == []


def test_values_of_the_mapping_settle_it(tmp_path):
    keys = 'values = { "Отдел 1" = "otdel 1", "Филиал 1" = "filial 1" }'
    assert doubts(tmp_path, "Отдел 1", "Филиал 1", keys=keys) == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Økonomi", "okonomi"),
        ("STRAẞE", "strasse"),
        ("Łódź", "lodz"),
        ("Đặng", "dang"),
        ("Œuvre", "oeuvre"),
        ("Þjónusta", "thjonusta"),
        ("Ærø", "aero"),
        ("Vehicle Fuel", "vehicle-fuel"),
    ],
)
def test_a_letter_with_a_usual_latin_form_is_kept(name, key):
    assert client_key(name) == key
