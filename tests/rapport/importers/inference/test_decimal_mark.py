"""The guess of a decimal mark and of a scale: shown by the values, or said to be taken so."""

from pathlib import Path

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.inference.values import has_negative, infer_decimal

FIELD = Path(__file__).parents[3] / "data" / "field"


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["12.50", "7"], "."),
        (["1,234.50"], "."),
        (["12,50", "1.250"], ","),
        (["€ 80,-", "1.250"], ","),
        (["1.250.000"], ","),
        (["12,34,567"], "."),
        (["7", "950"], None),
        (["12.50", "12,50"], None),
        (["no amount", ""], None),
    ],
)
def test_a_mark_that_the_amounts_show_needs_no_note(values, mark):
    assert infer_decimal(values) == (mark, None)


@pytest.mark.parametrize(("values", "mark"), [(["1.250", "950"], ","), (["1,250"], ".")])
def test_three_digits_behind_the_only_mark_are_taken_as_a_group_and_said(values, mark):
    found, note = infer_decimal(values)
    assert found == mark
    assert note.startswith(f"{values[0]!r} was taken as 1250: is it 1.25? Then decimal is")


def test_both_marks_with_a_doubtful_amount_are_left_to_the_user():
    assert infer_decimal(["12.50", "12,50", "1.250"]) == (
        None,
        "amounts have both decimal marks: is '1.250' 1250 or 1.25? --decimal says it",
    )


def test_the_decimals_of_the_currency_settle_it():
    assert infer_decimal(["1.250"], 3) == (None, None)
    assert infer_decimal(["1.250"], 0) == (None, None)


@pytest.mark.parametrize(
    ("values", "negative"),
    [(["€ 80,-", "-"], False), (["£(63.12)"], True), (["3,10-"], True), (["4 CR"], True)],
)
def test_a_dash_for_no_cents_is_no_refund(values, negative):
    assert has_negative(values) is negative


def test_dutch_whole_euros_in_a_guess():
    proposal = guess(FIELD / "02-dot-thousands.csv")
    assert proposal.mapping.purchase.amount.decimal == ","
    (note,) = [note for note in proposal.notes if "1.250" in note]
    assert note == (
        "'Bedrag': '1.250' was taken as 1250: is it 1.25? Then decimal is '.' (--decimal point)"
    )


def test_a_labelled_scale_in_a_guess():
    proposal = guess(FIELD / "20c-google-forms-labelled-scale.csv")
    answers = proposal.mapping.survey.answers
    assert [(one.question, one.lowest, one.highest) for one in answers] == [
        ("trust", 1, 5),
        ("clarity", 1, 5),
    ]


@pytest.mark.parametrize(
    ("texts", "scale"),
    [
        (["Mee eens", "Helemaal mee oneens", "Neutraal"], (1, 5)),
        (["Agree", "Somewhat agree", "Strongly agree"], (1, 7)),
        (["10 = zeer waarschijnlijk", "3"], (0, 10)),
        (["8/10", "3/10"], (0, 10)),
    ],
)
def test_the_scale_of_words_and_labels_in_a_guess(tmp_path, texts, scale):
    path = tmp_path / "answers.csv"
    rows = [f"{n};2026-03-0{n};{text}" for n, text in enumerate(texts, 1)]
    path.write_text("\n".join(["Response ID;Submitted at;I trust IT", *rows]))
    (answer,) = guess(path, "surveys").mapping.survey.answers
    assert (answer.lowest, answer.highest) == scale
