"""Announcements of a score add up exactly, are bounded, and have distinct ids."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.exact_numbers import Points, ScoreValue, total
from rapport_schemas.health import ATTRIBUTIONS_MAX, REST, Attribution, ScoreChanged, bounded

GOOD = EXAMPLES["rapport.health.score-changed.v1"].good
shares = st.fractions(min_value=0, max_value=1, max_denominator=10**6)
steps = st.fractions(min_value=-1, max_value=1, max_denominator=10**4)


def change(**values):
    return ScoreChanged.model_validate({**GOOD, **values}, strict=False)


def number(exact):
    return {"value": float(Fraction(exact)), "exact": exact}


def part(points, component="survey", day=None):
    return Attribution(
        component=component, kind="survey.answered", day=day, points=Points.of(points), events=1
    )


@given(shares)
def test_a_number_comes_back_exactly(fraction):
    written = ScoreValue.of(fraction).model_dump_json()
    assert ScoreValue.model_validate_json(written).fraction == fraction


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (0.5, "2/4"),
        (0.5, "0.5"),
        (0.5, "1/3"),
        (0.5, "1/0"),
        (0.0, "-0"),
        (1.0, "9" * 400),
        (1.0, "9" * 2049),
        (1.0, "5/4"),
        (float("nan"), "1/2"),
    ],
)
def test_a_number_whose_two_forms_differ_is_refused(value, exact):
    with pytest.raises(ValidationError):
        ScoreValue(value=value, exact=exact)


@given(st.lists(steps, min_size=1, max_size=120))
def test_the_greatest_parts_are_kept_and_the_sum_stays_exact(points):
    parts = [part(each, f"c{index}") for index, each in enumerate(points)]
    kept = bounded(parts)
    assert len(kept) <= ATTRIBUTIONS_MAX + 1
    assert total(each.points for each in kept) == sum(points)
    assert sum(each.events for each in kept) == len(points)
    listed = [abs(each.points.fraction) for each in kept if each.component != REST]
    assert listed == sorted(map(abs, points), reverse=True)[: len(listed)]
    assert bounded(reversed(parts)) == kept


def test_the_parts_must_add_up_to_the_change_to_the_last_bit():
    almost = Points.of(Fraction(-1, 8) + Fraction(1, 10**30)).model_dump()
    parts = [{**GOOD["attribution"][0], "points": almost}]
    with pytest.raises(ValidationError, match="attribution adds up to"):
        change(attribution=parts)
    assert change(attribution=[{**parts[0], "points": number("-1/8")}]).change.exact == "-1/8"


@pytest.mark.parametrize(
    ("old", "new", "points"),
    [(None, "3/4", "1/4"), ("3/4", None, "-1/4"), (None, "1/2", "0"), ("0", "1", "1")],
)
def test_the_baseline_replaces_an_unknown_score(old, new, points):
    values = {"old": old and number(old), "new": new and number(new)}
    parts = [{**GOOD["attribution"][0], "points": number(points)}]
    assert change(**values, attribution=parts).change.exact == points


@pytest.mark.parametrize("same", [None, number("1/2")])
def test_an_unchanged_score_is_refused(same):
    with pytest.raises(ValidationError, match="nothing changed"):
        change(old=same, new=same)


def test_the_same_announcement_has_the_same_id_and_any_other_has_another():
    first = change()
    assert first.event_id == change(confidence=0.1).event_id == change().event_id
    others = [
        change(follows=first.event_id),
        change(follows=None),
        change(client="law"),
        change(score="engagement"),
        change(policy="0" * 12),
        change(day=date.fromisoformat(GOOD["day"]) + timedelta(days=1)),
        change(old=GOOD["new"], new=GOOD["old"], attribution=[part(Fraction(1, 8)).model_dump()]),
    ]
    assert len({first.event_id, *(other.event_id for other in others)}) == 1 + len(others)
