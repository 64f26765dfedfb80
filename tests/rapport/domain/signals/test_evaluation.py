"""How well signals are found: counts worked by hand, gates at their bounds, faults with a line."""

import pytest

from rapport.domain.signals.evaluation import (
    LabelledText,
    LabelledTextError,
    Quality,
    judge_texts,
    measure_quality,
    read_labelled,
)
from rapport.domain.signals.finder import Signal


def find(text, _language):
    """Finds the signals that a text names."""
    names = [word for word in text.split() if word != "nothing"]
    return [Signal(name, (name,), "a_frame") for name in names]


def labelled(text, *labels, lang="en"):
    return LabelledText(text=text, lang=lang, labels=list(labels))


TEXTS = [
    labelled("options_open", "options_open"),
    labelled("options_open", "options_open"),
    labelled("nothing", "options_open"),
    labelled("options_open unclear_role", "unclear_role"),
    labelled("options_open", lang="nl"),
    labelled("nothing"),
    labelled("unclear_role"),
    labelled("nothing", lang=None),
]


def test_what_was_missed_and_what_was_wrong_in_one_text():
    (verdict,) = judge_texts([labelled("unclear_role external_supplier", "options_open")], find)
    assert verdict.missed() == ["options_open"]
    assert verdict.false_alarms() == ["external_supplier", "unclear_role"]
    assert verdict.detected["unclear_role"].matched == ("unclear_role",)


def test_each_signal_of_each_language_is_counted_and_all_together():
    rows = {(row.language, row.signal): row for row in measure_quality(judge_texts(TEXTS, find))}
    assert {language for language, _ in rows} == {"en", "nl", "any"}
    counts = {
        ("en", "options_open"): (2, 1, 1, 2, 0),
        ("en", "unclear_role"): (1, 0, 1, 2, 1),
        ("en", "external_supplier"): (0, 0, 0, 2, 0),
        ("en", "any"): (3, 1, 2, 2, 1),
        ("nl", "options_open"): (0, 0, 1, 1, 1),
        ("nl", "any"): (0, 0, 1, 1, 1),
        ("any", "any"): (0, 0, 0, 1, 0),
    }
    for key, (right, missed, wrong, negatives, alarms) in counts.items():
        assert rows[key] == Quality(*key, right, missed, wrong, negatives, alarms)
    assert [row.signal for row in measure_quality(judge_texts(TEXTS, find))][4::5] == ["any"] * 3


def test_the_languages_come_in_order():
    assert [row.language for row in measure_quality(judge_texts(TEXTS, find))] == [
        *["any"] * 5,
        *["en"] * 5,
        *["nl"] * 5,
    ]


def test_what_the_counts_amount_to():
    row = Quality(
        "en",
        "options_open",
        true_positives=6,
        false_negatives=2,
        false_positives=4,
        hard_negatives=20,
        alarms=1,
    )
    assert (row.support, row.precision, row.recall) == (8, 0.6, 0.75)
    assert (row.f1, row.false_alarms) == (12 / 18, 0.05)


def test_without_texts_no_ratio_is_shown():
    row = Quality("en", "options_open", 0, 0, 0, 0, 0)
    assert (row.support, row.precision, row.recall, row.f1, row.false_alarms) == (
        *(0, None, None, None, None),
    )
    assert row.passed


@pytest.mark.parametrize(
    ("right", "missed", "wrong", "negatives", "alarms", "passed"),
    [
        (9, 0, 1, 0, 0, True),
        (8, 0, 1, 0, 0, False),
        (3, 2, 0, 0, 0, True),
        (5, 4, 0, 0, 0, False),
        (0, 0, 0, 20, 1, True),
        (0, 0, 0, 19, 1, False),
        (0, 1, 0, 0, 0, False),
        (0, 0, 1, 0, 0, False),
    ],
    ids=[
        *("precision", "precision too low", "recall", "recall too low", "alarms", "too many"),
        *("nothing of it found", "nothing of it right"),
    ],
)
def test_each_gate_holds_from_its_bound_on(right, missed, wrong, negatives, alarms, passed):
    row = Quality("en", "options_open", right, missed, wrong, negatives, alarms)
    assert row.passed is passed


GOOD = '{"text": "x", "labels": []}'


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([GOOD, "", "{"], "file, line 3: the line: Invalid JSON"),
        (['{"text": "", "labels": []}'], "file, line 1: text: String should have at least 1"),
        (['{"text": "x"}'], "file, line 1: labels: Field required; expected a JSON object with"),
        (['{"text": "x", "labels": ["joy"]}'], "file, line 1: labels.0: Input should be"),
        (['{"text": "x", "labels": [], "lang": "fr"}'], "line 1: lang: Input should be"),
        (['{"text": "x", "labels": [], "more": 1}'], "line 1: more: Extra inputs"),
        (["", "  "], "file has no labelled text"),
        ([], "file has no labelled text"),
    ],
)
def test_a_line_that_is_no_labelled_text_is_named(lines, says):
    with pytest.raises(LabelledTextError) as refused:
        list(read_labelled(lines, "file"))
    assert says in str(refused.value)


def test_a_refusal_names_the_signals_that_there_are():
    with pytest.raises(LabelledTextError) as refused:
        list(read_labelled(["{}"], "file"))
    names = "external_supplier, options_open, raise_the_level, unclear_role"
    assert sorted(names.split(", ")) == sorted(
        str(refused.value).partition("(of ")[2].partition(")")[0].split(", ")
    )


def test_blank_lines_are_passed_over():
    assert [one.text for one in read_labelled(["", GOOD, " ", GOOD], "file")] == ["x", "x"]
