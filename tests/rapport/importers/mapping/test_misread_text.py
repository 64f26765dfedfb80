"""An id or a client that was read in another encoding than its own refuses its row."""

import pytest
from run_rapport import run_rapport

from rapport.importers.mapping.misread_text import misread
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection

HEADER = "Transaction Number,Payment Date,Supplier,Net Amount,Department"


def written(tmp_path, client, encoding="utf-8"):
    path = tmp_path / "spend.csv"
    path.write_bytes(f"{HEADER}\nT1,15/06/2026,Acme,8.00,{client}\n".encode(encoding))
    return path


def outcome(path, encoding=None):
    mapping = preset("uk-council-spend")
    file = mapping.file.model_copy(update={"encoding": encoding})
    table, records = open_records(path, mapping.model_copy(update={"file": file}))
    try:
        return next(iter(records))
    finally:
        table.close()


@pytest.mark.parametrize(
    ("client", "encoding"),
    [
        ("Financiën", "mac_roman"),
        ("Café", "mac_roman"),
        ("Financiën", "cp850"),
        ("Köln", "cp850"),
        ("Häuser", "cp850"),
        ("Отдел", "cp1251"),
        ("Финансы", "cp1251"),
        ("Οικονομία", "cp1253"),
    ],
)
def test_a_client_in_another_code_page_is_refused_until_its_encoding_is_said(
    tmp_path, client, encoding
):
    path = written(tmp_path, client, encoding)
    refused = outcome(path)
    assert isinstance(refused, Rejection)
    assert refused.path == "client"
    assert "--encoding" in refused.reason
    said = outcome(path, encoding)
    assert not isinstance(said, Rejection) or "--encoding" not in said.reason


@pytest.mark.parametrize("client", ["Financiën", "Zürich", "Département", "À la carte", "Ærø"])
def test_a_client_that_was_encoded_twice_is_refused(tmp_path, client):
    twice = client.encode().decode("cp1252", "ignore")
    refused = outcome(written(tmp_path, twice))
    assert isinstance(refused, Rejection)
    assert "encoded twice" in refused.reason


@pytest.mark.parametrize(
    ("text", "reading"),
    [("Finance &amp; Control", "Finance & Control"), ("Caf&#233;", "Café"), ("a&#x26;b", "a&b")],
)
def test_html_in_a_client_is_refused_with_its_reading(text, reading):
    assert repr(reading) in misread(text)


@pytest.mark.parametrize(
    "text",
    [
        "Financiën",
        "Smørrebrød & Øl",
        "SÃO PAULO",
        "Straße „Spaß“ und …",
        "l\u2019Oréal",
        "R&D; B&B",
        "Škoda Žižkov",
        "Финансы",
        "財務部",
        "Größe: 5 ‰",
        "Ÿ",
        "naïveté",
        "AT&T",
    ],
)
def test_words_of_many_languages_are_as_they_were_written(text):
    assert misread(text) is None


def test_the_summary_says_the_encoding(tmp_path):
    path = written(tmp_path, "Financiën", "cp1252")
    command = ("import", "purchases", path, "-m", "uk-council-spend", "--dry-run")
    done = run_rapport(*command)
    assert done.returncode == 0, done.stderr
    assert "encoding: utf-8; 1 line is not, and was read as cp1252" in done.stdout
    path = written(tmp_path, "Financiën", "mac_roman")
    done = run_rapport(*command)
    assert done.returncode == 3
    done = run_rapport(*command, "--encoding", "mac_roman")
    assert done.returncode == 0, done.stderr
    assert "encoding: mac_roman" in done.stdout


UTF_7 = {
    "Financi+AOs-n": "Financi\u00ebn",
    "Caf+AOk-": "Caf\u00e9",
    "Z+APw-rich": "Z\u00fcrich",
    "+IKw- budget": "\u20ac budget",
    "Stra+AN8-enbau": "Stra\u00dfenbau",
}


@pytest.mark.parametrize(("text", "meant"), UTF_7.items(), ids=UTF_7)
def test_utf_7_is_said_with_its_reading(text, meant):
    problem = misread(text)
    assert problem is not None
    assert "UTF-7" in problem
    assert repr(meant) in problem


@pytest.mark.parametrize("text", ["R+D-team", "Sales+Marketing-EU", "A+-B", "C++-team", "A+AAA-"])
def test_a_plus_and_a_hyphen_are_no_utf_7(text):
    assert misread(text) is None
