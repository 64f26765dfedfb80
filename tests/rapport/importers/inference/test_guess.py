"""A proposed mapping reads the file that it was made for, and says what it is unsure of."""

from pathlib import Path

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.inference.preview import preview
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord
from rapport_schemas.wire.errors import RapportError

SAMPLES = Path(__file__).parents[3] / "data" / "imports"
KINDS = {
    "servicenow.csv": "tickets",
    "servicenow-audit-log.csv": "tickets",
    "jira-service-management.csv": "tickets",
    "topdesk.csv": "tickets",
    "zendesk.csv": "tickets",
    "uk-council-spend.csv": "purchases",
    "qualtrics.csv": "surveys",
    "limesurvey.csv": "surveys",
    "microsoft-forms.xlsx": "surveys",
    "nhs-friends-and-family.csv": "surveys",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)
def test_the_kind_of_a_real_export_is_seen(name, kind):
    assert guess(SAMPLES / name).kind == kind


@pytest.mark.parametrize("name", ["servicenow.csv", "topdesk.csv", "uk-council-spend.csv"])
def test_what_is_proposed_reads_the_rows(name):
    found = guess(SAMPLES / name)
    table, records = open_records(SAMPLES / name, found.mapping)
    assert sum(isinstance(one, SourceRecord) for one in records) >= 3
    table.close()
    assert preview(SAMPLES / name, found.mapping)[0]["event"] != "rejected"
    assert any(name.split(".")[0] in note for note in found.notes)


def test_dutch_and_german_headers_decimal_commas_and_day_or_month(tmp_path):
    path = tmp_path / "inkoop.csv"
    path.write_text(
        "Ordernummer;Afdeling;Besteldatum;Leverancier;Kostensoort;Bedrag\n"
        "4500001;Financiën;03/04/2026;Acme;Software;€ 1.250,00\n"
        "4500002;Juridisch;05/06/2026;Bureau;Advies;€ 99,95\n"
    )
    found = guess(path)
    (first, second) = preview(path, found.mapping)
    assert first["client"] == "financien"
    assert first["data"] == {
        "purchased_on": "2026-04-03",
        "supplier": "Acme",
        "category": "Software",
        "amount_minor": 125_000,
        "currency": "EUR",
        "sanctioned": False,
    }
    assert second["data"]["amount_minor"] == 9995
    assert any("day or month first? '03/04/2026' was taken as 3 April" in n for n in found.notes)
    assert found.mapping.id.columns == [["Ordernummer"]]
    german = tmp_path / "tickets.csv"
    german.write_text(
        "Ticketnummer;Abteilung;Priorität;Erstellt am;Gelöst am;Fristgerecht\n"
        "T1;Recht;Hoch;13.04.2026 09:00;13.04.2026 10:00;ja\n"
        "T2;Recht;Niedrig;14.04.2026 09:00;;nein\n"
    )
    rows = preview(german, guess(german).mapping)
    assert [row["event"] for row in rows] == ["ticket.opened", "ticket.resolved", "ticket.opened"]
    assert rows[1]["data"] == {"priority": "P2", "sla_met": True}


def test_columns_that_say_nothing_are_refused_with_their_names(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(RapportError, match="'a', 'b'"):
        guess(path)
    assert "CHANGE-ME" in guess(path, "tickets").text
