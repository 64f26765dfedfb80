"""Columns that are not what their name may say: the guess takes another, and says so."""

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord


def written(tmp_path, header, *rows):
    path = tmp_path / "export.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def events(path, mapping, slot):
    table, outcomes = open_records(path, mapping)
    found = [one for one in outcomes if isinstance(one, SourceRecord)]
    table.close()
    return [event for one in found for event in one.events if event.slot == slot]


# B7: an elapsed time is no remaining time

TIMES = "Number,Opened,Resolved,Priority,Department"
ROWS = (
    "1,2026-03-02 09:00,2026-03-02 11:25,P2,Finance",
    "2,2026-03-02 09:00,2026-03-04 09:10,P3,Legal",
)
ELAPSED = {
    "Time To Resolution": ("2:25", "48:10"),
    "Custom field (Time to resolution)": ("2h 25m", "48h 10m"),
    "Close Diff In Min": ("145", "2890"),
}


@pytest.mark.parametrize(("name", "values"), ELAPSED.items(), ids=ELAPSED)
@pytest.mark.parametrize("due", [True, False], ids=["due", "no due"])
def test_a_duration_that_is_never_negative_says_no_service_level(tmp_path, name, values, due):
    header = f"{TIMES},{name}" + (",Due On" if due else "")
    rows = [f"{row},{value}" for row, value in zip(ROWS, values, strict=True)]
    rows = [row + (",2026-03-03 17:00" if due else "") for row in rows]
    path = written(tmp_path, header, *rows)
    proposal = guess(path, "tickets")
    sla = proposal.mapping.ticket.sla
    assert (sla.due.date == ["Due On"]) is due
    assert sla.column == []
    assert bool(sla.hours) is not due
    assert any(f"{name!r} has no negative value" in note for note in proposal.notes)
    assert not any("--mapping jira" in note for note in proposal.notes)
    if due:
        resolved = events(path, proposal.mapping, "resolved")
        assert [event.data.sla_met for event in resolved] == [True, False]


@pytest.mark.parametrize("minus", ["-", "\u2212"], ids=["hyphen", "minus"])
def test_a_time_that_is_negative_when_too_late_is_read(tmp_path, minus):
    rows = [f"{ROWS[0]},2:25", f"{ROWS[1]},{minus}16:10"]
    path = written(tmp_path, f"{TIMES},Time To Resolution", *rows)
    resolved = events(path, guess(path, "tickets").mapping, "resolved")
    assert [event.data.sla_met for event in resolved] == [True, False]


# B9: a group that may be IT's own

CLIENTS = [
    "Customer",
    "Customer name",
    "Klant",
    "Klantnaam",
    "Kunde",
    "Organisation unit",
    "Organizational Unit",
    "Organisatie-eenheid",
    "Department",
    "Afdeling van de melder",
]
TEAMS = [
    "Team",
    "Group",
    "Service",
    "Assignment group",
    "Groep",
    "Dienst",
    "Behandelgroep",
    "Queue",
]


def tickets_of(tmp_path, **columns):
    header = ",".join(["Ref", *columns, "Created", "Closed", "Priority"])
    rows = [
        ",".join([str(n), *values, f"2026-03-0{n} 09:00", f"2026-03-0{n} 11:00", "P2"])
        for n, values in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    return guess(written(tmp_path, header, *rows), "tickets")


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_goes_before_a_team_that_may_be_it_s_own(tmp_path, client):
    for team in TEAMS:
        columns = {team: ["Desk", "Desk", "Network"], client: ["Finance", "Legal", "Finance"]}
        proposal = tickets_of(tmp_path, **columns)
        assert proposal.mapping.client.column == [client], team


@pytest.mark.parametrize("team", TEAMS)
def test_a_team_that_is_taken_for_want_of_a_client_is_said(tmp_path, team):
    columns = {team: ["Desk", "Desk", "Network"], "Sector": ["North", "South", "North"]}
    proposal = tickets_of(tmp_path, **columns)
    assert proposal.mapping.client.column == [team]
    said = [note for note in proposal.notes if f"{team!r} was taken as the client" in note]
    assert len(said) == 1
    assert said[0].endswith(
        "may be IT's own team; 'Sector' may be the client instead: check client.column"
    )


def test_a_customer_who_is_an_address_is_no_client(tmp_path):
    columns = {"Customer": ["a@b.nl", "c@b.nl", "a@b.nl"], "Vestiging": ["Oost", "West", "Oost"]}
    assert tickets_of(tmp_path, **columns).mapping.client.column == ["Vestiging"]
