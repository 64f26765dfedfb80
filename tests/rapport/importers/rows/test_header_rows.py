"""Rows below the header are passed over where they are header rows; an answer is never lost."""

from pathlib import Path

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord

FIELD = Path(__file__).parents[3] / "data" / "field"
QUESTIONS = 'Response ID,Recorded Date,Department,"How much do you trust IT?"'
IDS = '"{""ImportId"":""_recordId""}","{""ImportId"":""recordedDate""}",a,b'
ANSWER = "R_1,2026-03-02 10:00:00,Finance,4"
MONKEY = """
kind = "surveys"
title = "SurveyMonkey"
source = "urn:test:monkey"
client = "Department"
[id]
columns = ["Respondent ID"]
[dates]
layouts = ["%m/%d/%Y %I:%M:%S %p"]
[survey]
answered_at = "End Date"
survey_id = { constant = "it" }
[[survey.answers]]
question = "trust"
column = "I trust IT"
"""
LEDGER = """
kind = "purchases"
title = "a ledger with a row of units"
source = "urn:test:ledger"
client = "Unit"
[file]
rows_below_header = 1
[id]
columns = ["No"]
[purchase]
purchased_on = "Date"
supplier = "Supplier"
amount = { column = "Amount", currency = { constant = "EUR" } }
"""


def ids(found):
    return [one.id for one in found if isinstance(one, SourceRecord)]


def test_the_first_answer_of_a_legacy_export_with_two_header_rows_is_read(outcomes_of):
    found = outcomes_of(FIELD / "11-qualtrics-two-header-rows.csv", preset("qualtrics"))
    assert ids(found) == ["R_1", "R_2", "R_3"]
    assert [one for one in found if isinstance(one, Skipped)] == [
        Skipped(2, "a header row below the names")
    ]


@pytest.mark.parametrize(
    "below",
    [[], [QUESTIONS], [IDS], [QUESTIONS, IDS], [IDS, QUESTIONS]],
    ids=["none", "texts", "ids", "texts and ids", "ids and texts"],
)
def test_any_number_of_header_rows_costs_no_answer(csv_file, outcomes_of, below):
    path = csv_file("ResponseId,RecordedDate,Department,trust", *below, ANSWER)
    found = outcomes_of(path, preset("qualtrics"))
    assert ids(found) == ["R_1"]
    assert sum(isinstance(one, Skipped) for one in found) == len(below)


@pytest.mark.parametrize(
    "first",
    ["R_0,,Finance,3", "R_0,2026-13-45,Finance,", "R_0,yesterday,Finance,Agree"],
    ids=["without a date", "with a wrong date", "with a date in words"],
)
def test_a_first_row_that_reads_as_an_answer_is_one(csv_file, outcomes_of, first):
    path = csv_file("ResponseId,RecordedDate,Department,trust", first, ANSWER)
    (rejected, record) = outcomes_of(path, preset("qualtrics"))
    assert isinstance(record, SourceRecord)
    assert isinstance(rejected, Rejection) or rejected.reason == "no answer"


def test_the_second_header_row_of_surveymonkey_is_passed_over(csv_file, outcomes_of):
    path = csv_file(
        "Respondent ID,Collector ID,Start Date,End Date,Department,I trust IT",
        ",,,,Open-Ended Response,Response",
        "118,1,03/02/2026 10:00:00 AM,03/02/2026 10:04:00 AM,Finance,4",
    )
    found = outcomes_of(path, parse_mapping(MONKEY, "a test"))
    assert [type(one) for one in found] == [Skipped, SourceRecord]


def test_a_header_row_is_only_looked_for_above_the_data(csv_file, outcomes_of):
    path = csv_file("ResponseId,RecordedDate,Department,trust", ANSWER, QUESTIONS)
    (record, rejected) = outcomes_of(path, preset("qualtrics"))
    assert isinstance(record, SourceRecord)
    assert not isinstance(rejected, SourceRecord)
    assert rejected.reason != "a header row below the names"


@pytest.mark.parametrize(
    ("below", "records"), [(",(text),,(name),(EUR)", 1), ("8,Law,2026-03-02,Globex,7.00", 2)]
)
def test_a_mapping_of_purchases_may_name_rows_that_hold_no_data(
    csv_file, outcomes_of, below, records
):
    path = csv_file("No,Unit,Date,Supplier,Amount", below, "9,Law,2026-03-03,Acme,12.50")
    assert len(ids(outcomes_of(path, parse_mapping(LEDGER, "a test")))) == records


@pytest.mark.parametrize(
    "first",
    ["1,onbekend,Fin,heel veel,", "1,,Fin,,", "R_abc,soon,Fin,?,", "9f1c-22,n.v.t.,Fin,zeer,"],
    ids=["a date and an answer in words", "an id alone", "an id without a digit", "a GUID"],
)
def test_a_row_with_an_id_is_never_a_header_row(csv_file, outcomes_of, first):
    names = "id,submitdate,department,trust,recommend"
    path = csv_file(names, first, "2,2026-03-02 10:00:00,Fin,4,8")
    mapping = preset("limesurvey").model_copy(update={"skip": {}})
    (rejected, record) = outcomes_of(path, mapping)
    assert isinstance(record, SourceRecord)
    assert isinstance(rejected, Rejection) or rejected.reason == "no answer"


@pytest.mark.parametrize("label", ["Response ID", "Antwoord-ID", "ID", "", "(text)"])
def test_the_label_of_the_ids_makes_no_row(csv_file, outcomes_of, label):
    names = "id,submitdate,department,trust,recommend"
    below = f"{label},Date submitted,Department,How much do you trust IT?,"
    path = csv_file(names, below, "2,2026-03-02 10:00:00,Fin,4,8")
    (skipped, record) = outcomes_of(path, preset("limesurvey"))
    assert skipped == Skipped(2, "a header row below the names")
    assert record.id == "2"
