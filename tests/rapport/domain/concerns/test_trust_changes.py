"""The cause of a fall or a rise of trust: the component whose points changed most."""

import pytest

from rapport.domain.scoring.evidence import NO_EVIDENCE
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.verdicts.trust import lowest_part
from rapport.domain.verdicts.trust_changes import component_changes


def trust(withheld=None, **points):
    return Score(
        name="trust",
        denominator=100,
        baseline=50,
        parts=tuple(Part(name, value, 50) for name, value in sorted(points.items())),
        confidence=1.0,
        missing=(),
        evidence=NO_EVIDENCE,
        withheld=withheld,
    )


def test_a_component_is_compared_with_its_mean_over_the_weeks_before():
    changes = component_changes(
        trust(closed=20, signal=-10), [trust(closed=24, survey=6), trust(closed=20)]
    )
    told = {change.component: (change.points, change.now) for change in changes}
    assert told == {
        "closed": pytest.approx((-0.02, 0.2)),
        "signal": pytest.approx((-0.1, -0.1)),
        "survey": pytest.approx((-0.03, 0.0)),
    }


def test_components_that_were_combined_in_one_week_are_compared_together():
    few = Withheld(("survey",), 5, ("closed", "survey"))
    changes = component_changes(trust(few, combined=-4), [trust(closed=10, survey=6)])
    assert [(change.component, round(change.points, 9)) for change in changes] == [
        ("combined", -0.2)
    ]


def test_low_trust_is_caused_by_what_takes_most_and_never_by_what_may_not_be_shown():
    assert lowest_part(trust(closed=-5, signal=-9, survey=3)) == "signal"
    assert lowest_part(trust(combined=-9, signal=-5)) is None
    assert lowest_part(trust(closed=5)) is None
