"""Events that only people know: each kind from a list, with the right event for each row."""

from pathlib import Path

import pytest
from run_rapport import run_rapport

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord
from rapport_schemas.client import ClientRegistered
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)

SAMPLES = Path(__file__).parents[3] / "data" / "imports"
LISTS = {
    "touchpoints": TouchpointHeld(
        client="financien",
        kind="roadmap_talk",
        roles=["it_management", "cio"],
        topics=["goals"],
        message_carried=True,
        note="Prima",
    ),
    "signals-heard": SignalHeard(
        client="finance", signal="external_supplier", note="said at lunch"
    ),
    "profiles": ProfileUpdated(client="finance", facet="pain_points", held_from="client"),
    "promises": PromiseSettled(client="finance", kept=False),
    "proposals": ProposalDecided(client="finance", initiated_by="client", accepted=False),
    "clients": ClientRegistered(
        client="finance", name="Finance Department", owner="team-a", aliases=["FIN", "KST-4100"]
    ),
}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_row_of_each_kind_is_the_event_that_it_says(outcomes_of, name):
    (record,) = outcomes_of(SAMPLES / f"{name}.csv", preset(name))
    assert isinstance(record, SourceRecord), record
    (event,) = record.events
    assert event.data == LISTS[name]


def test_a_meeting_of_two_clients_is_an_event_for_each(csv_file, outcomes_of):
    path = csv_file("Date,Client,Kind,Roles", "2026-03-02,Finance; Legal,workshop,team")
    (record,) = outcomes_of(path, preset("touchpoints"))
    assert [(one.slot, one.data.client) for one in record.events] == [
        ("touchpoint/finance", "finance"),
        ("touchpoint/legal", "legal"),
    ]


def test_a_meeting_without_a_role_of_it_is_left_out_and_an_unknown_role_is_refused(
    csv_file, outcomes_of
):
    rows = ("2026-03-02,Finance,workshop,", "2026-03-03,Finance,workshop,boss")
    path = csv_file("Date,Client,Kind,Roles", *rows)
    first, second = outcomes_of(path, preset("touchpoints"))
    assert first == Skipped(2, "no role of IT took part")
    assert isinstance(second, Rejection)
    assert (second.path, "'boss' is not among" in second.reason) == ("touchpoint.roles", True)


def test_each_client_has_no_meaning_for_tickets():
    text = (
        'kind = "signals"\ntitle = "t"\nsource = "urn:t"\nid = { columns = ["id"] }\n'
        '[client]\ncolumn = "c"\neach = true\n'
        '[signal]\nheard_at = "d"\nsignal = "s"\n'
    )
    assert parse_mapping(text, "test").client.each
    tickets = text.replace('"signals"', '"tickets"').replace(
        '[signal]\nheard_at = "d"\nsignal = "s"', '[ticket]\nopened_at = "d"\npriority = "p"'
    )
    with pytest.raises(Exception, match=r"`client\.each` has no meaning for tickets"):
        parse_mapping(tickets, "test")


@pytest.mark.parametrize("name", sorted(LISTS))
def test_the_command_reads_each_kind(name):
    path = str(SAMPLES / f"{name}.csv")
    ran = run_rapport("import", preset(name).kind, path, "-m", name, "--dry-run")
    assert ran.returncode == 0, ran.stderr
    assert "rows: 1 read, 1 new" in ran.stdout


def test_a_profile_has_its_statement_and_its_link_and_one_that_is_too_long_is_refused(
    csv_file, outcomes_of
):
    rows = (
        "2026-03-02,Finance,goals,client,Close in three days,https://wiki.example/plan",
        f"2026-03-03,Finance,goals,client,{'x' * 501},",
        "2026-03-04,Finance,goals,client,Grow,http://wiki.example/plan",
    )
    path = csv_file("Date,Client,Facet,Held from,Statement,Link", *rows)
    first, *others = outcomes_of(path, preset("profiles"))
    data = first.events[0].data
    assert (data.statement, data.link) == ("Close in three days", "https://wiki.example/plan")
    assert [type(one) for one in others] == [Rejection, Rejection]
    assert ["statement" in others[0].path, "link" in others[1].path] == [True, True]
