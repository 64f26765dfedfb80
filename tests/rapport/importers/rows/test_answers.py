"""Answers of surveys: one that is not understood costs that answer, and is reported."""

from pathlib import Path

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, Skipped

FIELD = Path(__file__).parents[3] / "data" / "field"
MAPPING = """
kind = "surveys"
title = "t"
source = "urn:test:survey"
client = { constant = "finance" }
id = { columns = ["id"] }
[survey]
answered_at = "at"
survey_id = { constant = "s" }
[[survey.answers]]
question = "trust"
column = "trust"
"""
SECOND = """
[[survey.answers]]
question = "clarity"
column = "clarity"
"""


def read(path, mapping):
    table, records = open_records(path, mapping)
    try:
        return list(records)
    finally:
        table.close()


def scores(outcome):
    return {answer.question: answer.score for answer in outcome.events[0].data.answers}


def answered(tmp_path, keys, *texts, second=None):
    """The outcome of each text as the answer to a question with these keys."""
    mapping = parse_mapping(MAPPING + keys + (SECOND if second else ""), "test")
    path = tmp_path / "answers.csv"
    rows = [f'{n},2026-03-02,"{text}",{second or ""}' for n, text in enumerate(texts)]
    path.write_text("\n".join(["id,at,trust,clarity", *rows]), encoding="utf-8")
    return read(path, mapping)


def test_a_question_that_was_not_shown_is_no_answer():
    outcomes = read(FIELD / "20-limesurvey-vv.csv", preset("limesurvey"))
    assert [scores(one) for one in outcomes] == [{"trust": 4}, {"trust": 2, "clarity": 3}]
    assert not any(one.unread for one in outcomes)


def test_the_dutch_scale_in_microsoft_forms():
    outcomes = read(FIELD / "20b-forms-dutch.xlsx", preset("microsoft-forms"))
    assert [scores(one) for one in outcomes] == [
        {"trust": 4, "delivery": 1},
        {"trust": 3, "delivery": 4},
    ]


def test_a_labelled_scale_of_google_forms(tmp_path):
    text = (FIELD / "20c-google-forms-labelled-scale.csv").read_text()
    (tmp_path / "forms.csv").write_text(text.replace(" CEST", ""))
    mapping = MAPPING + SECOND
    for old, new in {
        '["id"]': '["Timestamp"]',
        'answered_at = "at"': 'answered_at = "Timestamp"',
        'column = "trust"': 'column = "How much do you trust our IT?"',
        'column = "clarity"': 'column = "IT communicates clearly"',
        "[survey]": '[dates]\nlayouts = ["%Y/%m/%d %I:%M:%S %p"]\n[survey]',
    }.items():
        mapping = mapping.replace(old, new)
    outcomes = read(tmp_path / "forms.csv", parse_mapping(mapping, "test"))
    assert [scores(one) for one in outcomes] == [
        {"trust": 4, "clarity": 5},
        {"trust": 2, "clarity": 3},
        {"trust": 5, "clarity": 1},
    ]


@pytest.mark.parametrize(
    ("keys", "text", "reason"),
    [
        ("", "whatever", "'whatever' is not an answer on the scale of 1 to 5; add it to `values`"),
        ("", "7", "'7' is outside the scale of 1 to 5"),
        ("", "0", "'0' is outside the scale of 1 to 5"),
        ("", "-99", "'-99' is outside the scale of 1 to 5"),
        ("", "4/10", "'4/10' is not an answer on the scale of 1 to 5; add it to `values`"),
        ("lowest = 0\nhighest = 10", "agree", "'agree' has no point on the scale of 0 to 10"),
        ("highest = 4", "neutral", "'neutral' has no point on the scale of 1 to 4"),
        ("", "1 - Strongly agree", "says the opposite of its number; `reversed` or `values`"),
        ("", "5 - zeer ontevreden", "says the opposite of its number"),
        ("reversed = true", "5 - zeer tevreden", "says the opposite of its number"),
        ("reversed = true", "agree", "may be the best or the worst under `reversed`"),
        ('values = { "A1" = 1 }', "A2", "'A2' is not an answer on the scale"),
        ('values = { "10" = 5 }', "4", "'4' is not among `values`"),
        ('values = { "agree" = 1 }', "disagree", "'disagree' is not among `values`"),
        ('values = { "x" = 9 }', "x", "'9' is outside the scale of 1 to 5"),
        ("", "#REF!", "is an error of the spreadsheet"),
    ],
)
def test_an_answer_that_is_not_understood_costs_that_answer(tmp_path, keys, text, reason):
    (outcome,) = answered(tmp_path, keys, text, second="3")
    assert scores(outcome) == {"clarity": 3}
    ((line, path, why),) = outcome.unread
    assert (line, path) == (2, "survey.answers.trust")
    assert reason in why
    (alone,) = answered(tmp_path, keys, text)
    assert alone == Rejection(line, path, why)


@pytest.mark.parametrize(
    ("keys", "text", "score"),
    [
        ("", "Helemaal mee eens", 5),
        ("", "4 - mee eens", 4),
        ("", "3 (Very clear)", 3),
        ("highest = 7", "Somewhat agree", 5),
        ("lowest = 0\nhighest = 10", "Extremely likely - 10", 10),
        ("lowest = 0\nhighest = 10", "0 - Not at all likely", 0),
        ("lowest = 0\nhighest = 10", "8/10", 8),
        ("reversed = true", "1 - Strongly agree", 5),
        ("reversed = true", "5 - Strongly agree", 1),
        ("reversed = true", "zeer tevreden", 5),
        ("reversed = true", "neutraal", 3),
        ("reversed = true", "2", 4),
        ('values = { "A1" = 1 }', "a1", 1),
        ('values = { "A1" = 1 }', "Helemaal mee eens", 5),
        ('values = { "A1" = 1 }', "4", 4),
        ('values = { "1" = 5, "2" = 4 }', "1", 5),
        ('values = { "agree" = 1 }', "Agree", 1),
    ],
)
def test_an_answer_is_read_on_its_scale(tmp_path, keys, text, score):
    (outcome,) = answered(tmp_path, keys, text)
    assert scores(outcome) == {"trust": score}
    assert outcome.unread == ()


@pytest.mark.parametrize("text", ["N/A", "{question_not_shown}", "weet niet", "-", "", "9"])
def test_a_row_without_an_answer_is_left_out(tmp_path, text):
    (outcome,) = answered(tmp_path, 'no_answer = ["9"]', text)
    assert outcome == Skipped(2, "no answer")
