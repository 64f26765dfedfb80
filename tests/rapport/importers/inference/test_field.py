"""Field cases of the guess: what was not found is said, and nothing is guessed against the file."""

from pathlib import Path

import pytest

from rapport.importers.errors import ImportFailed
from rapport.importers.inference.infer import guess
from rapport.importers.mapping.absent import WITHOUT
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord

FIELD = Path(__file__).parents[3] / "data" / "field"
TICKET_PARTS = {
    "client": "Department",
    "ticket.resolved_at": "Resolved",
    "ticket.updated_at": "Updated",
    "ticket.priority": "Priority",
    "ticket.kind": "Issue type",
    "ticket.sla": "Made SLA",
    "ticket.reassignments": "Reassignment count",
    "ticket.reopened": "Reopen count",
    "ticket.rating": "CSAT",
}
ROW = {
    "Number": "T1",
    "Opened": "2026-03-02 09:00:00",
    "Department": "Finance",
    "Resolved": "2026-03-02 10:00:00",
    "Updated": "2026-03-02 10:00:00",
    "Priority": "High",
    "Issue type": "Incident",
    "Made SLA": "yes",
    "Reassignment count": "1",
    "Reopen count": "0",
    "CSAT": "4",
}
PURCHASE = {
    "Order number": "1",
    "Date": "2026-03-02",
    "Supplier": "Acme",
    "Category": "Software",
    "Amount": "€ 12.50",
    "Department": "Finance",
}
PURCHASE_PARTS = {
    "client": "Department",
    "purchase.supplier": "Supplier",
    "purchase.category": "Category",
}


def field(name, **options):
    return guess(FIELD / name, **options)


def events(path, mapping):
    table, records = open_records(path, mapping)
    found = [one for one in records if isinstance(one, SourceRecord)]
    table.close()
    return [event for one in found for event in one.events]


def written(tmp_path, row, rows=1):
    path = tmp_path / "a.csv"
    lines = [";".join(row), *[";".join(row.values())] * rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def note(proposal, part):
    return [one for one in proposal.notes if part in one]


# K19: what was not found is said, with its cost


@pytest.mark.parametrize(("part", "column"), TICKET_PARTS.items(), ids=TICKET_PARTS)
def test_a_part_of_a_ticket_without_a_column_is_named_with_its_cost(tmp_path, part, column):
    row = {name: value for name, value in ROW.items() if name != column}
    (said,) = note(guess(written(tmp_path, row), "tickets"), f"no column was found for {part}:")
    assert WITHOUT[part].partition(",")[0] in said or part == "ticket.sla"
    assert not note(guess(written(tmp_path, ROW)), f"no column was found for {part}:")


@pytest.mark.parametrize(("part", "column"), PURCHASE_PARTS.items(), ids=PURCHASE_PARTS)
def test_a_part_of_a_purchase_without_a_column_is_named_with_its_cost(tmp_path, part, column):
    row = {name: value for name, value in PURCHASE.items() if name != column}
    (said,) = note(guess(written(tmp_path, row), "purchases"), f"no column was found for {part}:")
    assert WITHOUT[part] in said


def test_without_an_id_the_cost_is_said(tmp_path):
    row = {name: value for name, value in PURCHASE.items() if name != "Order number"}
    (said,) = note(guess(written(tmp_path, row)), "no column has unique ids")
    assert "a row that is corrected in the source is taken as a new one" in said


def test_an_amount_without_a_currency_is_said(tmp_path):
    (said,) = note(
        guess(written(tmp_path, {**PURCHASE, "Amount": "12.50"})), "purchase.amount.currency"
    )
    assert "EUR was filled in" in said


def test_osticket_is_read_to_the_resolution_and_its_empty_due_date_is_not_taken():
    mapping = field("19-osticket.csv").mapping
    assert mapping.ticket.resolved_at.date == ["Closed Date"]
    assert mapping.ticket.sla.due.date == ["SLA Due Date"]
    resolved = events(FIELD / "19-osticket.csv", mapping)[1]
    assert (resolved.slot, resolved.data.sla_met) == ("resolved", True)


def test_glpi_s_columns_and_its_ids_with_spaces():
    proposal = field("19b-glpi.csv")
    found = events(FIELD / "19b-glpi.csv", proposal.mapping)
    assert [event.data.ticket_id for event in found] == ["1234", "1234", "1235", "1235"]
    assert [e.data.sla_met for e in found if e.slot == "resolved"] == [True, False]
    assert note(proposal, "'1 234' is read as '1234'")


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"], ids=["space", "no-break", "narrow"])
def test_any_space_between_thousands_is_left_out_of_ids(tmp_path, space):
    path = written(tmp_path, {**ROW, "Number": f"12{space}345"})
    assert events(path, guess(path).mapping)[0].data.ticket_id == "12345"


def test_spaces_in_ids_that_are_no_numbers_stay(tmp_path):
    path = written(tmp_path, {**ROW, "Number": "M26 001"})
    assert events(path, guess(path).mapping)[0].data.ticket_id == "M26 001"


@pytest.mark.parametrize("first", [True, False], ids=["empty first", "filled first"])
def test_a_filled_column_goes_before_an_empty_one(tmp_path, first):
    dates = {"Resolved": "", "Closed": "2026-03-03 10:00:00"}
    pair = dates if first else dict(reversed(dates.items()))
    row = {name: value for name, value in ROW.items() if name != "Resolved"} | pair
    assert guess(written(tmp_path, row)).mapping.ticket.resolved_at.date == ["Closed"]


def test_a_column_that_is_empty_and_alone_is_taken_and_said_to_be_empty(tmp_path):
    proposal = guess(written(tmp_path, {**ROW, "Resolved": ""}))
    assert proposal.mapping.ticket.resolved_at.date == ["Resolved"]
    assert note(proposal, "'Resolved' was taken as ticket.resolved_at, but it is empty")


def test_resolved_tickets_without_a_service_level_are_counted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "Number;Opened;Closed;Due Date;Priority;Department\n"
        "1;2026-03-02 09:15;2026-03-02 10:15;;High;Law\n"
        "2;2026-03-02 09:15;2026-03-02 10:15;2026-03-03 17:00;High;Law\n"
        "3;2026-03-02 09:15;;;High;Law\n"
    )
    assert note(guess(path), "1 of 2 resolved tickets have no 'Due Date'")


def test_an_ordinary_servicenow_list_says_that_nothing_is_resolved():
    proposal = field("23b-servicenow-default-list.csv")
    assert proposal.mapping.ticket.sla is None
    assert note(proposal, "ticket.resolved_at: no resolution is published")
    assert note(proposal, "ticket.sla: no resolution is published")


# K24: reports of discovered apps


DISCOVERED = {
    "netskope": "Application;App Category;CCL;CCI;Total Bytes;Bytes Uploaded;Users;Sessions",
    "zscaler": "Application;Application Category;Risk Index;Sanctioned State;Users;Total Bytes",
    "umbrella": "App Name;Vendor;Category;Weighted Risk;Identities;DNS Requests;Label",
    "graph": "displayName;category;riskScore;userCount;uploadNetworkTrafficInBytes;tags",
    "zscaler, MB": "Application Name;Status;Number of Users;Total Bytes (MB)",
    "Dutch": "Toepassing;Categorie;Score;Gebruikers;Verkeer (bytes)",
    "defender": "App name;Category;Score;Traffic (bytes);Users;IP addresses;Last seen;Tags",
}


def test_discovered_apps_are_neither_and_the_reason_is_said():
    with pytest.raises(ImportFailed, match="not what was bought"):
        field("24-discovered-apps.csv")


@pytest.mark.parametrize("header", DISCOVERED.values(), ids=DISCOVERED)
def test_reports_of_discovered_apps_of_other_products_are_neither(tmp_path, header):
    path = tmp_path / "apps.csv"
    cells = ["CloudNotes", *["7"] * header.count(";")]
    path.write_text(f"{header}\n{';'.join(cells)}\n")
    with pytest.raises(ImportFailed, match="discovered apps"):
        guess(path)


@pytest.mark.parametrize("name", ["Score", "Risk score", "Rating", "Points"])
def test_a_column_of_scores_alone_is_no_survey(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_text(f"Name,{name}\nAcme,4\nGlobex,5\n")
    with pytest.raises(ImportFailed, match="look neither like"):
        guess(path)


def test_the_statement_of_a_card_has_its_supplier_in_the_description(tmp_path):
    path = tmp_path / "card.csv"
    path.write_text(
        "Date;Description;Amount;Category;Department\n"
        "2026-03-02;CLOUDNOTES INC;12.50;Computer;Finance\n"
        "2026-03-03;GLOBEX;7.00;Services;Law\n"
    )
    purchase = guess(path).mapping.purchase
    assert purchase.supplier.column == ["Description"]
    assert purchase.category.column == ["Category"]


def test_a_preset_that_reads_fewer_resolutions_is_not_recommended(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "ID;Created at;Completed at;Resolution target at;Organization;Priority\n"
        "1;2026-03-02 09:15;2026-03-02 11:00;2026-03-02 17:00;Finance;High\n"
        "2;2026-03-03 09:15;2026-03-03 11:00;2026-03-03 17:00;Legal;Low\n"
    )
    assert not note(guess(path), "fits this file")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Störung", "incident"),
        ("User Service Restoration", "incident"),
        ("Bug", "incident"),
        ("Anfrage", "request"),
        ("Service Request", "request"),
    ],
)
def test_faults_are_told_from_requests_in_several_languages(tmp_path, text, kind):
    path = written(tmp_path, {**ROW, "Issue type": text})
    assert events(path, guess(path).mapping)[0].data.kind == kind


def test_kinds_that_people_know_start_from_a_preset():
    with pytest.raises(ImportFailed, match="for touchpoints start from a preset"):
        field("19-osticket.csv", kind="touchpoints")


def test_a_ledger_with_an_application_column_is_still_purchases(tmp_path):
    path = written(tmp_path, {**PURCHASE, "Application": "CloudNotes", "Users": "12", "Score": "7"})
    assert guess(path).kind == "purchases"


# K5, K6, K7: dates


def test_two_orders_in_one_file_are_never_proposed_together():
    proposal = field("05b-two-orders-in-one-file.csv")
    assert proposal.mapping is None
    assert 'layouts = ["CHANGE-ME"]' in proposal.text
    with pytest.raises(ImportFailed, match="CHANGE-ME"):
        parse_mapping(proposal.text, "written")
    (said,) = note(proposal, "two orders")
    assert "'27/01/2026' fits day before month only" in said
    assert "'03/16/2026' month before day only" in said
    assert not note(proposal, "fits this file")


def test_two_orders_in_two_columns_are_never_proposed_together(tmp_path):
    row = {**ROW, "Opened": "27/03/2026 09:00", "Resolved": "03/28/2026 10:00"}
    proposal = guess(written(tmp_path, row))
    assert proposal.mapping is None
    assert note(proposal, "two orders in the columns")


def test_the_order_that_fits_every_row_is_taken():
    assert field("05-month-first-under-a-day-first-preset.csv").mapping.dates.layouts == [
        "%m/%d/%Y"
    ]


def test_one_column_settles_the_order_of_another(tmp_path):
    row = {**ROW, "Opened": "03/04/2026 09:00", "Resolved": "03/28/2026 10:00"}
    assert "%m/%d/%Y %H:%M" in guess(written(tmp_path, row)).mapping.dates.layouts


DATES = {
    "06-dutch-month-names.csv": "2026-03-02 09:15",
    "07-utc-suffix.csv": "2026-09-21 07:15",
    "07b-arcgis-dates.csv": "2026-04-08 00:00",
    "07d-arcgis-cards.csv": "2026-05-12 00:00",
    "20c-google-forms-labelled-scale.csv": "2026-09-22 09:07",
    "07c-js-locale-dates.csv": "2026-09-21 09:15",
}


@pytest.mark.parametrize(("name", "first"), DATES.items(), ids=DATES)
def test_dates_as_programs_write_them_are_guessed(name, first):
    found = events(FIELD / name, field(name).mapping)
    assert f"{found[0].at:%Y-%m-%d %H:%M}" == first


@pytest.mark.parametrize("name", ["07-utc-suffix.csv", "07b-arcgis-dates.csv"])
def test_times_that_say_their_zone_ask_for_none(name):
    proposal = field(name)
    assert note(proposal, "each time says the zone of the times")
    assert not note(proposal, "the times have no zone")


def test_arcgis_columns_are_found_whatever_joins_their_words():
    purchase = field("07d-arcgis-cards.csv").mapping.purchase
    assert purchase.purchased_on == ["TRANSACTION_DATE"]
    assert purchase.amount.column == ["TRANSACTION_AMOUNT"]
    assert field("07b-arcgis-dates.csv").mapping.purchase.purchased_on == ["PaymentDate"]


# K9: a date and its time


def test_a_date_and_its_time_in_two_columns_are_joined():
    proposal = field("09-date-and-time-columns.csv", zone="Europe/Amsterdam")
    ticket = proposal.mapping.ticket
    assert (ticket.opened_at.date, ticket.opened_at.time) == (
        ["Datum aangemeld"],
        ["Tijd aangemeld"],
    )
    assert (ticket.sla.due.date, ticket.sla.due.time) == (["Streefdatum"], ["Streeftijd"])
    found = events(FIELD / "09-date-and-time-columns.csv", proposal.mapping)
    assert [e.data.sla_met for e in found if e.slot == "resolved"] == [True, False]
    assert note(proposal, "'Datum aangemeld' has no time of the day: it was joined with")


PAIRS = {
    "English": ("Opened date", "Opened time", "2026-03-02", "9:15 AM"),
    "Dutch": ("Aanmaakdatum", "Aanmaaktijd", "02-03-2026", "09:15"),
    "German": ("Erstellungsdatum", "Erstellungszeit", "02.03.2026", "09.15 Uhr"),
    "Dutch, apart": ("Datum gemeld", "Tijdstip gemeld", "13-03-2026", "09.15 uur"),
}


@pytest.mark.parametrize(("date", "time", "day", "clock"), PAIRS.values(), ids=PAIRS)
def test_pairs_of_a_date_and_a_time_in_several_languages(tmp_path, date, time, day, clock):
    row = {name: value for name, value in ROW.items() if name != "Opened"}
    path = written(tmp_path, {**row, "Resolved": "", date: day, time: clock})
    proposal = guess(path, "tickets")
    assert proposal.mapping.ticket.opened_at.time == [time]
    assert f"{events(path, proposal.mapping)[0].at:%H:%M}" == "09:15"


def test_a_time_of_another_date_is_not_joined(tmp_path):
    row = {**ROW, "Opened": "2026-03-02", "Travel time": "00:30"}
    assert guess(written(tmp_path, row)).mapping.ticket.opened_at.time == []


def test_a_few_texts_among_dates_do_not_hide_how_the_dates_are_written(tmp_path):
    path = tmp_path / "a.csv"
    lines = [f"T{n};{n}-03-2026 09:15;Finance;High" for n in range(1, 30)]
    path.write_text(
        "Number;Opened;Department;Priority\n" + "\n".join(lines) + "\nT9;soon;Law;Low\n"
    )
    proposal = guess(path, "tickets")
    assert proposal.mapping.dates.layouts == ["%d-%m-%Y %H:%M"]
    assert note(proposal, "1 values of 'Opened' are no dates, such as 'soon'")


def test_placeholders_for_dates_are_said_with_their_cause(tmp_path):
    proposal = guess(written(tmp_path, {**ROW, "Opened": "1980-01-01 00:00:00"}))
    assert note(proposal, "is a placeholder for no date")


# K23: the zone


def test_times_without_a_zone_are_asked_about_and_the_machine_s_zone_is_offered():
    proposal = field("18-otrs-priorities.csv", own_zone="Europe/Amsterdam")
    (said,) = note(proposal, "the times have no zone")
    assert "--zone Europe/Amsterdam (the zone of this machine)" in said
    assert '# zone = "Europe/Amsterdam" # the zone of this machine' in proposal.text
    assert not proposal.mapping.dates.has_zone


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"Timezone": "Europe/Paris"}, "the column 'Timezone' says the zone"),
        ({"Opened": "2026-03-02 09:00:00 CET", "Resolved": "", "Updated": ""}, "each time says"),
    ],
    ids=["column", "times"],
)
def test_a_file_that_says_its_zone_is_not_asked(tmp_path, extra, said):
    proposal = guess(written(tmp_path, {**ROW, **extra}))
    assert note(proposal, said)
    assert not note(proposal, "the times have no zone")


def test_a_zone_in_the_names_of_columns_is_enough(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "ID;Created At (UTC);Closed At (UTC);Priority;Department\n"
        "1;2026-03-02 09:15;2026-03-02 10:15;High;Law\n"
    )
    assert note(guess(path), "the name of each column says the zone")


def test_a_zone_that_is_given_is_written():
    proposal = field("18-otrs-priorities.csv", zone="Europe/Amsterdam")
    assert proposal.mapping.dates.zone == "Europe/Amsterdam"
    assert not note(proposal, "the times have no zone")


def test_a_zone_that_the_file_says_is_believed():
    proposal = guess(FIELD.parent / "imports" / "qualtrics.csv", own_zone="Asia/Tokyo")
    assert note(proposal, "a row of the file (Europe/Amsterdam) says the zone")
    assert not note(proposal, "the times have no zone")


def test_a_day_without_a_time_asks_for_no_zone():
    assert not note(field("02-dot-thousands.csv"), "zone")


# K18: words win over digits


def test_words_of_priorities_win_over_digits_and_opposite_orders_are_said():
    proposal = field("18-otrs-priorities.csv")
    assert proposal.mapping.ticket.priority.values == {"4 high": "P2", "3 normal": "P3"}
    assert note(proposal, "digits and words run in opposite orders")
    assert proposal.mapping.id.columns == [["Ticket#"]]


# K2, K30: amounts


def test_whole_euros_with_points_are_thousands_and_it_is_said():
    proposal = field("02-dot-thousands.csv")
    assert proposal.mapping.purchase.amount.decimal == ","
    assert note(proposal, "'1.250' was taken as 1250")
    amounts = [
        e.data.amount_minor for e in events(FIELD / "02-dot-thousands.csv", proposal.mapping)
    ]
    assert amounts == [125_000, 1_280_000, 95_000]


def test_several_currencies_are_said_and_no_preset_with_a_constant_is_recommended():
    proposal = field("30-currency-in-the-amount.csv")
    (said,) = note(proposal, "several currencies")
    assert all(code in said for code in ("EUR", "USD", "GBP", "CHF"))
    assert not note(proposal, "fits this file")
    found = events(FIELD / "30-currency-in-the-amount.csv", proposal.mapping)
    assert {event.data.currency for event in found} == {"EUR"}


def test_amounts_with_a_code_each_are_read_in_their_own_currency(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "Date;Supplier;Amount;Department\n2026-03-02;A;EUR 10.00;Law\n2026-03-03;B;CHF 20.00;Law\n"
    )
    found = events(path, guess(path).mapping)
    assert [(e.data.currency, e.data.amount_minor) for e in found] == [("EUR", 1000), ("CHF", 2000)]


def test_a_preset_in_pounds_is_not_recommended_for_euros(tmp_path):
    header = "Payment Date,Transaction Number,Net Amount,Supplier,Directorate,Expense Type"
    for sign, fits in (("€", False), ("£", True)):
        path = tmp_path / f"{fits}.csv"
        path.write_text(f"{header}\n16/03/2026,V1,{sign}650.00,Acme,Place,Software\n")
        assert bool(note(guess(path), "--mapping uk-council-spend")) is fits


# K11: rows below the header


def test_the_texts_of_questions_are_no_values_of_the_sample():
    mapping = field("11-qualtrics-two-header-rows.csv").mapping
    found = events(FIELD / "11-qualtrics-two-header-rows.csv", mapping)
    assert len(found) == 3
    assert {a.question for e in found for a in e.data.answers} == {"trust", "clarity"}


def test_a_scale_that_the_name_of_a_column_says_is_taken():
    proposal = guess(FIELD.parent / "imports" / "nhs-friends-and-family.csv")
    assert 'lowest = 1\nhighest = 5\nno_answer = ["7"]\nreversed = true' in proposal.text
    assert note(proposal, "7 are taken as no answer")
    assert proposal.mapping is None
    assert note(proposal, "--mapping nhs-friends-and-family")
