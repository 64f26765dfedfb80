"""Answers of surveys: one that is not understood costs that answer, and is reported."""

from pathlib import Path

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
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


def scores(outcome):
    return {answer.question: answer.score for answer in outcome.events[0].data.answers}


@pytest.fixture
def answered(csv_file, outcomes_of):
    """The outcome of a text as the answer to a question with these keys."""

    def read(keys, text, second=None):
        mapping = parse_mapping(MAPPING + keys + (SECOND if second else ""), "test")
        row = f'0,2026-03-02,"{text}",{second or ""}'
        (outcome,) = outcomes_of(csv_file("id,at,trust,clarity", row), mapping)
        return outcome

    return read


def test_a_question_that_was_not_shown_is_no_answer(outcomes_of):
    outcomes = outcomes_of(FIELD / "20-limesurvey-vv.csv", preset("limesurvey"))
    assert [scores(one) for one in outcomes] == [{"trust": 4}, {"trust": 2, "clarity": 3}]
    assert not any(one.unread for one in outcomes)


def test_the_dutch_scale_in_microsoft_forms(outcomes_of):
    outcomes = outcomes_of(FIELD / "20b-forms-dutch.xlsx", preset("microsoft-forms"))
    assert [scores(one) for one in outcomes] == [
        {"trust": 4, "delivery": 1},
        {"trust": 3, "delivery": 4},
    ]


def test_a_labelled_scale_of_google_forms(tmp_path, outcomes_of):
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
    outcomes = outcomes_of(tmp_path / "forms.csv", parse_mapping(mapping, "test"))
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
def test_an_answer_that_is_not_understood_costs_that_answer(answered, keys, text, reason):
    outcome = answered(keys, text, second="3")
    assert scores(outcome) == {"clarity": 3}
    ((line, path, why),) = outcome.unread
    assert (line, path) == (2, "survey.answers.trust")
    assert reason in why
    assert answered(keys, text) == Rejection(line, path, why)


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
def test_an_answer_is_read_on_its_scale(answered, keys, text, score):
    outcome = answered(keys, text)
    assert scores(outcome) == {"trust": score}
    assert outcome.unread == ()


@pytest.mark.parametrize("text", ["N/A", "{question_not_shown}", "weet niet", "-", "", "9"])
def test_a_row_without_an_answer_is_left_out(answered, text):
    assert answered('no_answer = ["9"]', text) == Skipped(2, "no answer")
