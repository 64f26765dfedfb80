"""Every preset reads an export of its product, to the last field."""

from pathlib import Path

import pytest

from rapport.importers.mapping.presets import preset, preset_names
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord

DATA = Path(__file__).parents[2] / "data"
SAMPLES = DATA / "imports"
EXPORTS = DATA / "exports"


@pytest.fixture
def read(outcomes_of):
    """Read the sample of a preset."""
    return lambda name, file=None: outcomes_of(SAMPLES / (file or f"{name}.csv"), preset(name))


def event_rows(outcomes):
    """(record, slot, time, what the event says beyond its ids) of every event."""
    found = []
    for record in outcomes:
        if isinstance(record, SourceRecord):
            for slot, data, at, *_ in record.events:
                values = data.model_dump(exclude_defaults=True, exclude_none=True, mode="json")
                for name in ("ticket_id", "purchase_id"):
                    values.pop(name, None)
                found.append((record.id, slot, f"{at:%Y-%m-%d %H:%M}", values))
    return found


def of(outcomes, kind):
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_a_sample_that_it_reads(read, name):
    (sample, *_) = [*sorted(SAMPLES.glob(f"{name}.*")), *sorted(EXPORTS.glob(f"{name}.*"))]
    assert of(read(name, sample), SourceRecord)


def test_servicenow_lists(read):
    assert event_rows(read("servicenow")) == [
        (
            "INC0010001",
            "opened",
            "2026-03-02 08:15",
            {"client": "finance", "kind": "incident", "priority": "P2"},
        ),
        (
            "INC0010001",
            "resolved",
            "2026-03-02 10:01",
            {"client": "finance", "priority": "P2", "sla_met": True, "reassignments": 1},
        ),
        (
            "INC0010002",
            "opened",
            "2026-03-02 09:40",
            {"client": "finance", "kind": "incident", "priority": "P3"},
        ),
        (
            "INC0010002",
            "resolved",
            "2026-03-05 16:20",
            {"client": "finance", "priority": "P3", "sla_met": False, "reassignments": 4},
        ),
        ("INC0010002", "reopened/1", "2026-03-05 16:20", {"client": "finance"}),
        (
            "RITM0020003",
            "opened",
            "2026-03-03 11:00",
            {"client": "legal-affairs", "kind": "request", "priority": "P4"},
        ),
        (
            "INC0010004",
            "opened",
            "2026-03-03 13:02",
            {"client": "unassigned", "kind": "incident", "priority": "P1"},
        ),
        (
            "INC0010004",
            "resolved",
            "2026-03-03 13:55",
            {"client": "unassigned", "priority": "P1", "sla_met": True},
        ),
    ]


def test_the_last_row_of_an_audit_log_says_whether_a_ticket_was_in_time(read):
    assert event_rows(read("servicenow-audit-log")) == [
        (
            "INC0000045",
            "opened",
            "2016-02-29 01:16",
            {"client": "location-143", "kind": "incident", "priority": "P3"},
        ),
        (
            "INC0000045",
            "resolved",
            "2016-03-04 11:29",
            {"client": "location-143", "priority": "P2", "sla_met": False, "reassignments": 1},
        ),
        ("INC0000045", "reopened/1", "2016-03-01 08:00", {"client": "location-143"}),
        (
            "INC0000047",
            "opened",
            "2016-02-29 04:40",
            {"client": "unassigned", "kind": "incident", "priority": "P4"},
        ),
    ]


def test_jira_s_repeated_columns_satisfaction_and_time_left(read):
    outcomes = read("jira-service-management")
    events = {(record, slot): values for record, slot, _, values in event_rows(outcomes)}
    assert events["IT-101", "resolved"]["sla_met"] is True
    assert events["IT-102", "resolved"]["sla_met"] is False
    assert events["IT-102", "resolved"]["client"] == "legal"
    assert events["IT-102", "rated"]["score"] == 2
    assert [key for key in events if key[0] == "IT-103"] == [("IT-103", "opened")]
    assert of(outcomes, Skipped) == [Skipped(5, "Issue Type is sub-task")]


def test_topdesk_in_dutch_in_cp1252_in_local_time(read):
    events = {(record, slot): (at, v) for record, slot, at, v in event_rows(read("topdesk"))}
    at, values = events["M2603 001", "resolved"]
    assert (at, values["client"], values["sla_met"]) == ("2026-03-02 14:58", "financien", True)
    assert events["M2603 002", "resolved"][1]["sla_met"] is False
    assert events["M2603 003", "opened"][1]["client"] == "cafe-catering"


@pytest.mark.parametrize("file", ["zendesk.csv", "zendesk.jsonl"])
def test_zendesk_says_the_same_as_csv_and_as_json_lines(read, file):
    events = {
        (record, slot): values for record, slot, _, values in event_rows(read("zendesk", file))
    }
    assert events["4711", "resolved"] == {
        "client": "finance",
        "priority": "P1",
        "sla_met": True,
        "reassignments": 1,
    }
    assert events["4711", "rated"] == {
        "client": "finance",
        "score": 1,
        "lowest": 0,
        "highest": 1,
    }
    assert ("4713", "resolved") not in events
    assert ("4713", "rated") not in events


def test_equal_rows_of_a_ledger_are_different_payments_and_a_refund_is_rejected(read):
    outcomes = read("purchase-card-ledger")
    records = of(outcomes, SourceRecord)
    assert [one.events[0].data.amount_minor for one in records] == [7261, 1250, 1250, 120_400]
    assert len({one.id for one in records}) == 4
    assert [one.events[0].data.client for one in records][-1] == "corporate"
    (refund,) = of(outcomes, Rejection)
    assert (refund.line, refund.path) == (6, "purchase.amount")


def test_a_council_s_titles_pound_signs_and_refunds(read):
    outcomes = read("uk-council-spend")
    amounts = [
        (one.events[0].data.client, one.events[0].data.amount_minor)
        for one in of(outcomes, SourceRecord)
    ]
    assert amounts == [
        ("adult-services", 125_000),
        ("adult-services", 125_000),
        ("highways", 1_050_050),
        ("childrens-services", 61_200),
    ]
    assert of(outcomes, Skipped) == [Skipped(7, "negative amount")]


def answers(outcomes):
    return {
        record.id: {
            a.question: (a.score, a.lowest, a.highest) for a in record.events[0].data.answers
        }
        for record in of(outcomes, SourceRecord)
    }


def test_qualtrics_three_header_rows_previews_and_unfinished_answers(read):
    outcomes = read("qualtrics")
    assert answers(outcomes) == {
        "R_1a": {"trust": (4, 1, 5), "clarity": (4, 1, 5), "recommend": (9, 0, 10)},
        "R_1c": {"trust": (2, 1, 5), "recommend": (3, 0, 10)},
    }
    assert [one.reason for one in of(outcomes, Skipped)] == [
        "a header row below the names",
        "a header row below the names",
        "Status is survey preview",
        "Finished is false",
    ]


def test_limesurvey_codes_of_answers_and_no_answer(read):
    outcomes = read("limesurvey")
    assert answers(outcomes) == {
        "1": {"trust": (4, 1, 5), "relationship": (3, 1, 5)},
        "3": {"trust": (2, 1, 5), "relationship": (1, 1, 5), "communication": (5, 1, 5)},
    }
    assert [one.reason for one in of(outcomes, Skipped)] == ["submitdate is empty"]


def test_microsoft_forms_typed_dates_a_serial_number_and_an_error_of_the_spreadsheet(read):
    outcomes = read("microsoft-forms", "microsoft-forms.xlsx")
    assert answers(outcomes) == {
        "1": {"trust": (4, 1, 5), "clarity": (4, 1, 5), "recommend": (9, 0, 10)},
        "2": {"trust": (1, 1, 5)},
        "3": {"clarity": (2, 1, 5), "recommend": (10, 0, 10)},
    }
    days = [at for _, _, at, _ in event_rows(outcomes)]
    assert (days[0], days[-1]) == ("2026-03-02 10:04", "2026-03-03 12:00")
    (wrong,) = [one for record in outcomes for one in record.unread]
    assert (wrong.line, wrong.path) == (3, "survey.answers.recommend")
    assert "#REF!" in wrong.reason


def test_the_lowest_answer_is_the_best_and_two_date_orders_are_read(read):
    outcomes = read("nhs-friends-and-family")
    assert answers(outcomes) == {"S 1": {"recommend": (5, 1, 5)}, "S 2": {"recommend": (1, 1, 5)}}
    assert [at[:10] for _, _, at, _ in event_rows(outcomes)] == ["2021-09-30", "2021-09-13"]
    assert of(outcomes, Skipped) == [Skipped(4, "no answer")]
