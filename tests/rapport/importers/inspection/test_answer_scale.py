"""Another scale, labels that contradict their numbers, and two words on a point refuse the file."""

import pytest

from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.schema import parse_mapping

MAPPING = """
kind = "surveys"
title = "t"
source = "urn:test:survey"
client = {{ constant = "finance" }}
id = {{ columns = ["id"] }}
[survey]
answered_at = "at"
survey_id = {{ constant = "s" }}
[[survey.answers]]
question = "trust"
column = "trust"
{keys}
"""


def doubts(folder, keys, *texts):
    path = folder / "answers.csv"
    rows = [f'{n},2026-03-02,"{text}"' for n, text in enumerate(texts)]
    path.write_text("\n".join(["id,at,trust", *rows]), encoding="utf-8")
    return inspect(path, parse_mapping(MAPPING.format(keys=keys), "test")).doubts


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ("", ["1 - Strongly agree", "3", "5 - Strongly disagree"]),
        ("", ["Zeer tevreden (1)", "Zeer ontevreden (5)"]),
        ("reversed = true", ["1 = zeer ontevreden", "5 = zeer tevreden"]),
        ("lowest = 0\nhighest = 10", ["0 - extremely likely", "10"]),
    ],
)
def test_a_scale_whose_labels_run_the_other_way_is_doubtful(tmp_path, keys, texts):
    (doubt,) = doubts(tmp_path, keys, *texts)
    assert doubt[:3] == (2, "trust", texts[0])
    assert doubt.settle == "`reversed` or `values` of the question settles it"


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ("reversed = true", ["1 - Strongly agree", "5 - Strongly disagree"]),
        ("reversed = true", ["5 - Strongly agree"]),
        ("", ["1 - Strongly disagree", "5 - Strongly agree", "3 - neutral"]),
        ("", ["5 - Completely", "1 - Not at all"]),
        ("", ["5 - tevreden", "4 - tevreden", "2 - tevreden"]),
        ('values = { "1 - agree" = 5 }', ["1 - agree"]),
        ("", ["6 - weet niet", "n.v.t.", "#REF!", "", "whatever"]),
    ],
)
def test_a_scale_that_fits_or_that_the_mapping_settles_is_not(tmp_path, keys, texts):
    assert doubts(tmp_path, keys, *texts) == []


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ("", ["Akkoord", "Eerder akkoord", "Helemaal akkoord"]),
        ("", ["Trifft nicht zu", "Trifft eher nicht zu"]),
        ("", ["Extremely satisfied", "Very satisfied"]),
        ("", ["Sometimes", "About half the time"]),
        ("highest = 3", ["agree", "strongly agree"]),
    ],
)
def test_two_words_on_one_point_are_doubtful(tmp_path, keys, texts):
    (doubt,) = doubts(tmp_path, keys, *texts)
    assert doubt.text == texts[1]
    assert doubt.settle == f"{texts[0]!r} on line 2 is too; `values` gives each its point"


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ("highest = 7", ["Agree", "Somewhat agree", "Strongly agree"]),
        ("", ["Agree", "mee eens", "Strongly agree", "helemaal mee eens", "neutraal"]),
        ('values = { "Akkoord" = 5 }', ["Akkoord", "Eerder akkoord"]),
    ],
)
def test_words_on_points_of_their_own_are_not(tmp_path, keys, texts):
    assert doubts(tmp_path, keys, *texts) == []


@pytest.mark.parametrize(
    ("keys", "texts", "at", "other"),
    [
        ("", ["4", "7", "6", "5", "1"], 1, "1 to 7"),
        ("", ["3", "6"], 1, "1 to 6"),
        ("", ["4", "0", "3"], 1, "0 to 4"),
        ("", ["5", "10", "0"], 1, "0 to 10"),
        ("", ["1", "-2", "2"], 1, "-2 to 2"),
        ("", ["80", "75", "5", "100"], 0, "0 to 100"),
        ("highest = 7", ["7", "10"], 1, "0 to 10"),
        ("", ["5", "5 van 7"], 1, "1 to 7"),
        ("", ["4", "4/4"], 1, "1 to 4"),
        ("lowest = 0\nhighest = 10", ["4/5"], 0, "0 to 5"),
        ("", ["4 - neutral", "5"], 0, "1 to 7"),
        ("", ["2 - neutraal", "3 = mee eens"], 0, "1 to 3"),
        ("reversed = true", ["4: weder noch"], 0, "1 to 7"),
    ],
)
def test_answers_of_another_scale_put_the_scale_in_doubt(tmp_path, keys, texts, at, other):
    (doubt,) = doubts(tmp_path, keys, *texts)
    assert (doubt.line, doubt.text) == (at + 2, texts[at])
    assert doubt.readings[1] == f"on a scale of {other}"
    assert "`lowest` and `highest`" in doubt.settle


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ("highest = 7", ["7", "6", "5 van 7", "4 - neutral"]),
        ('no_answer = ["9"]', ["5", "9"]),
        ('values = { "7" = 5, "1" = 1 }', ["7", "1", "3"]),
        ("", ["5", "99", "-1", "999"]),
        ("", ["3 - neutral", "4/5", "7 - weet niet"]),
        ("highest = 4", ["2 - neutral", "3 - neutral"]),
        ("", ["1 - never", "2 - sometimes"]),
    ],
)
def test_answers_on_the_scale_of_the_mapping_do_not(tmp_path, keys, texts):
    assert doubts(tmp_path, keys, *texts) == []
