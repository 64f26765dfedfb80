"""Exports of well-known systems, in English and Dutch: the guess reads every row of them."""

from pathlib import Path

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord

EXPORTS = Path(__file__).parents[3] / "data" / "exports"
BOTH = (("P2", "P4", "P3"), (True, False))
URGENT = (("P1", "P4", "P3"), (True, False))
SYSTEMS = {
    "servicenow.en": BOTH,
    "servicenow.nl": (("P2", "P4"), (True,)),
    "jira.en": BOTH,
    "jira.nl": (("P2", "P4"), (True, False)),
    "topdesk.en": BOTH,
    "topdesk.nl": BOTH,
    "zendesk.en": URGENT,
    "osticket.en": URGENT,
    "osticket.nl": (("P1", "P4"), (True,)),
    "glpi.en": URGENT,
    "glpi.nl": (("P1", "P4"), (True,)),
    "freshservice.en": URGENT,
    "zammad.en": BOTH,
    "zammad.nl": (("P2", "P4"), (True,)),
    "otrs-znuny.en": URGENT,
    "otrs-znuny.nl": (("P2", "P4"), (True,)),
    "itop.en": URGENT,
    "itop.nl": (("P1", "P4"), (True, False)),
    "servicedesk-plus.en": (("P2", "P4"), (True, False)),
}
"""File -> the priorities of its tickets, and whether the resolved ones were in time."""
PRESETS = {
    "servicenow": "servicenow",
    "jira": "jira-service-management",
    "topdesk": "topdesk",
    "zendesk": "zendesk",
    "osticket": "osticket",
    "glpi": "glpi",
    "freshservice": "freshservice",
    "zammad": "zammad",
    "otrs-znuny": "otrs-znuny",
    "itop": "itop",
}


def records(path, mapping):
    table, outcomes = open_records(path, mapping)
    found = list(outcomes)
    table.close()
    assert all(isinstance(one, SourceRecord) for one in found), found
    return found


def events(found, slot):
    return [event for one in found for event in one.events if event.slot == slot]


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_row_of_a_known_system_is_read(name):
    path = EXPORTS / f"{name}.csv"
    proposal = guess(path, zone="Europe/Amsterdam")
    assert proposal.kind == "tickets"
    found = records(path, proposal.mapping)
    priorities, in_time = SYSTEMS[name]
    opened = events(found, "opened")
    assert tuple(event.data.priority for event in opened) == priorities
    assert tuple(event.data.sla_met for event in events(found, "resolved")) == in_time
    clients = [event.data.client.removeprefix("root-entity-") for event in opened]
    assert clients[0] in {"finance", "financien"}
    assert clients[1].startswith(("legal", "juridisch"))
    assert f"{opened[0].at:%Y-%m-%d %H:%M}" == "2026-03-02 08:15"
    resolved = events(found, "resolved")[0]
    assert f"{resolved.at:%Y-%m-%d %H:%M}" == "2026-03-02 10:00"


RECOMMENDED = [one for one in SYSTEMS if one.split(".")[0] in PRESETS and one != "jira.nl"]
"""The Dutch export of Jira has its due date, which the preset does not read."""


@pytest.mark.parametrize("name", RECOMMENDED)
def test_the_preset_of_a_known_system_is_recommended(name):
    right = PRESETS[name.split(".")[0]]
    assert any(f"--mapping {right}" in note for note in guess(EXPORTS / f"{name}.csv").notes)


@pytest.mark.parametrize("name", [f"{one}.en" for one in PRESETS])
def test_the_preset_of_a_known_system_reads_every_row(name):
    found = records(EXPORTS / f"{name}.csv", preset(PRESETS[name.split(".")[0]]))
    priorities, in_time = SYSTEMS[name]
    opened = events(found, "opened")
    assert tuple(event.data.priority for event in opened) == priorities
    assert tuple(event.data.sla_met for event in events(found, "resolved")) == in_time
    assert [e.data.client.removeprefix("root-entity-") for e in opened] == [
        "finance",
        "legal",
        "finance",
    ]


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_proposal_survives_being_written_and_read(name):
    proposal = guess(EXPORTS / f"{name}.csv")
    assert parse_mapping(proposal.text, "written") == proposal.mapping


def test_names_of_no_known_system_are_taken_by_their_parts_and_their_values():
    path = EXPORTS / "stranger.csv"
    proposal = guess(path)
    found = records(path, proposal.mapping)
    assert [one.id for one in found] == ["Z-1", "Z-2", "Z-3"]
    assert [event.data.client for event in events(found, "opened")] == [
        "financien",
        "juridisch",
        "financien",
    ]
    assert [event.data.sla_met for event in events(found, "resolved")] == [True, True]
    for column in ("Organisatiedeel", "Zaakcode", "Ingediend", "Afgewikkeld", "Uiterlijk"):
        assert any(f"{column!r} was taken as" in note for note in proposal.notes)


def test_a_customer_who_is_a_person_is_not_the_client():
    mapping = guess(EXPORTS / "zammad.nl.csv").mapping
    assert mapping.client.column == ["Organisatie"]
