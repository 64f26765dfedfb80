"""Exports of systems that are in no list, by their usual names of columns: read right, or said."""

from pathlib import Path

import pytest

from rapport.importers.errors import ImportFailed
from rapport.importers.inference.infer import guess
from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord

EXPORTS = Path(__file__).parents[3] / "data" / "exports"
DESKS = ("haloitsm", "bmc-helix", "spiceworks", "ivanti", "solarwinds", "manageengine")
UTC_TIMES = {"spiceworks": "09:15"}
KINDS = {
    "spiceworks": ("incident", "incident"),
    "ivanti": ("incident", "incident"),
    "solarwinds": ("incident", "incident"),
}
BOUGHT = {
    "municipality-finance": [
        ("burgerzaken", "Acme", 12_000_00, "EUR", "Software"),
        ("sociaal-domein", "Acme", 1_500_00, "EUR", "Software"),
    ],
    "sap-ariba": [
        ("finance", "Acme", 1_200_50, "EUR", "Software"),
        ("legal", "Beta", 80_00, "EUR", "Hardware"),
    ],
    "coupa": [
        ("finance", "Acme", 1_200_50, "USD", "Software"),
        ("legal", "Beta", 80_00, "USD", "Hardware"),
    ],
    "exact-online": [
        ("financien", "Acme B.V.", 1_200_50, "EUR", "Automatisering"),
        ("juridisch", "Beta", 80_00, "EUR", "Automatisering"),
    ],
    "afas": [
        ("financien", "Acme", 1_200_50, "EUR", "Software"),
        ("juridisch", "Beta", 80_00, "EUR", "Hardware"),
    ],
    "ing": [("unassigned", "Acme B.V.", 1_200_50, "EUR", None)],
}
SAID = {
    "spiceworks": ("'Time To Resolution' has no negative value", "'Not Closed' mean no date here"),
    "ivanti": ("'ResolutionTarget' was taken as due", "1 was taken as the most urgent"),
    "manageengine": ("'Not Assigned' mean no date here",),
    "municipality-finance": ("says that its amounts are in thousands",),
    "afas": ("'Bedrag debet' was taken as amount", "EUR was filled in"),
    "ing": ("no column was found for client", "rows with 'Bij' are left out"),
}


def written(tmp_path, lines):
    path = tmp_path / "export.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def events(path, mapping: Mapping):
    table, outcomes = open_records(path, mapping)
    found = [event for one in outcomes if isinstance(one, SourceRecord) for event in one.events]
    table.close()
    return found


@pytest.mark.parametrize("name", DESKS)
def test_tickets_of_a_service_desk_in_no_list(name):
    path = EXPORTS / f"{name}.csv"
    proposal = guess(path, zone="Europe/Amsterdam")
    assert proposal.kind == "tickets"
    found = events(path, proposal.mapping)
    opened = [event for event in found if event.slot == "opened"]
    resolved = [event for event in found if event.slot == "resolved"]
    assert [event.data.client for event in opened] == ["finance", "legal", "finance"]
    assert [event.data.priority for event in opened] == ["P2", "P4", "P4"]
    kinds = KINDS.get(name, ("incident", "request"))
    assert tuple(event.data.kind for event in opened[:2]) == kinds
    assert f"{opened[0].at:%H:%M}" == UTC_TIMES.get(name, "08:15")
    assert [event.data.sla_met for event in resolved] == [True, False]
    said(proposal, name)


@pytest.mark.parametrize("name", BOUGHT)
def test_purchases_of_a_system_in_no_list(name):
    path = EXPORTS / f"{name}.csv"
    proposal = guess(path)
    assert proposal.kind == "purchases"
    found = [event.data for event in events(path, proposal.mapping)]
    read = [(d.client, d.supplier, d.amount_minor, d.currency, d.category) for d in found]
    assert read == BOUGHT[name]
    assert found[0].purchased_on.isoformat() == "2026-03-16"
    said(proposal, name)


def said(proposal, name):
    for part in SAID.get(name, ()):
        assert any(part in note for note in proposal.notes), part


@pytest.mark.parametrize("name", ["Aangemeld", "Aanmelddatum", "Datum aangemeld", "Datum melding"])
def test_the_day_of_a_dutch_call(tmp_path, name):
    rows = (
        f"Meldingnummer;{name};Datum gereed;Afdeling;Prioriteit;Streefdatum",
        "M1;16-03-2026 09:15;16-03-2026 11:00;Financiën;Hoog;17-03-2026 09:00",
    )
    path = written(tmp_path, rows)
    mapping = guess(path).mapping
    assert mapping.ticket.opened_at.date == [name]
    assert mapping.ticket.resolved_at.date == ["Datum gereed"]
    if name != "Datum melding":
        assert [event.slot for event in events(path, preset("topdesk"))] == ["opened", "resolved"]


@pytest.mark.parametrize("name", ["Begonnen", "Gemeld op", "Datum intake"])
def test_the_column_of_another_field_is_not_suggested(tmp_path, name):
    path = written(tmp_path, [f"Meldingnummer;{name};Datum gereed;Afdeling", "M1;a;b;Fin"])
    with pytest.raises(ImportFailed) as failed:
        events(path, preset("topdesk"))
    assert "did you mean 'Datum gereed'" not in str(failed.value)


def test_a_meeting_says_who_was_there(tmp_path):
    path = written(tmp_path, ["Date,Client,Kind,Who", "16-03-2026,Finance,Workshop,CIO"])
    [event] = events(path, preset("touchpoints"))
    assert list(event.data.roles) == ["cio"]


# D18: what stands in a column of dates for no date

ABSENT = (
    "Not Assigned",
    "N/A",
    "-",
    "n.v.t.",
    "01/01/1900 00:00:00",
    "Nog niet",
    "soon",
    "Onbekend",
)


@pytest.mark.parametrize("text", ABSENT)
def test_a_text_for_no_date_is_proposed_as_missing(tmp_path, text):
    rows = (
        "Number,Opened,Closed,Department,Priority",
        "1,16/03/2026 09:15:00,16/03/2026 11:00:00,Finance,High",
        "2,17/03/2026 09:15:00,18/03/2026 11:00:00,Legal,Low",
        f"3,18/03/2026 09:15:00,{text},Legal,Low",
    )
    path = written(tmp_path, rows)
    proposal = guess(path)
    assert text.casefold() in [one.casefold() for one in proposal.mapping.file.missing]
    assert not any("do not look like dates" in note for note in proposal.notes)
    found = [event.slot for event in events(path, proposal.mapping)]
    assert found.count("opened") == 3
    assert "resolved" not in found or found.count("resolved") == 2


def test_a_value_that_is_no_date_is_counted_and_the_others_are_read(tmp_path):
    rows = ("Number,Opened", "1,16/03/2026", "2,17/03/2026", "3,week 12")
    notes = guess(written(tmp_path, rows), "tickets").notes
    assert any("1 values of 'Opened' are no dates, such as 'week 12'" in note for note in notes)
    assert not any("do not look like dates" in note for note in notes)


# D19: the currency that no amount names


@pytest.mark.parametrize(
    ("amount", "column", "fits"),
    [("650.00", "Net Amount", False), ("650.00", "Net Amount (£)", True), ("£650", "Total", True)],
)
def test_no_preset_of_another_currency_than_the_assumed_one_is_recommended(
    tmp_path, amount, column, fits
):
    header = (
        f"Payment Date,Transaction Number,Net Amount,Supplier,Directorate,Expense Type,{column}"
    )
    header = header.replace("Net Amount,Supplier", "Supplier")
    path = written(tmp_path, [header, f"16/03/2026,V1,Acme,Place,Software,{amount}"])
    notes = guess(path).notes
    assert any("EUR was filled in" in note for note in notes) is not fits
    if not fits:
        assert not any("--mapping uk-council-spend" in note for note in notes)


# D17: zones of Windows, and zones in the names of columns

ZONES = {
    "W. Europe Standard Time": "07:15",
    "Romance Standard Time": "07:15",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "07:15",
    "GMT Standard Time": "08:15",
    "Eastern Standard Time": "13:15",
    "Europe/Amsterdam": "07:15",
}


@pytest.mark.parametrize(("zone", "at"), ZONES.items(), ids=ZONES)
def test_a_column_of_zones_may_have_the_names_of_windows(tmp_path, zone, at):
    rows = (
        "Number;Opened;Department;Priority;Time zone",
        f"1;2026-07-16 09:15;Finance;High;{zone}",
    )
    path = written(tmp_path, rows)
    [event] = events(path, guess(path, "tickets").mapping)
    assert f"{event.at:%H:%M}" == at


NAMED = {
    "Opened [Europe/Amsterdam]": "08:15",
    "Opened (CET)": "08:15",
    "Opened (UTC)": "09:15",
    "opened_utc": "09:15",
    "Opened (GMT+2)": "07:15",
}


@pytest.mark.parametrize(("name", "at"), NAMED.items(), ids=NAMED)
def test_a_zone_in_the_name_of_a_column_is_believed_by_presets_and_the_guess(tmp_path, name, at):
    rows = (f"Number,{name},Department,Priority", "INC1,2026-01-16 09:15:00,Finance,2 - High")
    path = written(tmp_path, rows)
    for mapping in (guess(path, "tickets").mapping, preset("servicenow")):
        [event] = events(path, mapping)
        assert f"{event.at:%H:%M}" == at


def test_the_order_of_day_and_month_is_checked_in_a_column_with_a_zone(tmp_path):
    rows = ("Meldingnummer;Aangemeld (CET);Afdeling", "M1;03/16/2026 09:15;Financiën")
    [doubt] = inspect(written(tmp_path, rows), preset("topdesk")).doubts
    assert doubt.column == "Aangemeld (CET)"
    assert "--date-order month-first" in str(doubt)
