"""The perception gap: the worked numbers of the domain (section 1.3)."""

from pathlib import Path

import pytest

from rapport.streams.core.decay import UNIT
from rapport.streams.core.few import people
from rapport.streams.core.perception import perception
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.tallies import Standing
from rapport.streams.core.trust import tally_names, trust

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
PLAN = Plan(parse_policy(TEXT))


def about(value, digits=7):
    return pytest.approx(value, abs=10**-digits)


def gap(answers=5, **evidence):
    """Perception from (r, s) per viewpoint, each of so many answers."""
    sums = {}
    for viewpoint, (r, s) in evidence.items():
        source = "independent" if viewpoint == "independent" else "survey"
        names = tally_names(viewpoint, source)
        sums.update(zip(names, (r * UNIT, s * UNIT), strict=True))
        sums.update(dict.fromkeys(people(f"{viewpoint}.trust"), answers * UNIT))
    standing = Standing(20_000, sums, {})
    views = [trust(standing, PLAN.trust, v) for v in ("own", "client", "independent")]
    return perception(*views, PLAN.policy.perception)


def test_the_gap_of_the_worked_example():
    found = gap(own=(8, 2), independent=(3, 5))
    assert found.score.shown == about(0.35)
    assert found.probability == about(0.9670, 4)
    assert (found.against, found.overrates) == ("independent", True)
    points = {part.component: found.score.ratio(part.points) for part in found.score.parts}
    assert points == {"own.survey": about(0.25), "independent.independent": about(0.1)}


def test_without_an_independent_view_the_client_s_own_is_the_other_side():
    found = gap(own=(8, 2), client=(3, 5))
    assert found.against == "client"
    assert found.score.shown == about(0.35)
    assert found.score.missing == ("independent view",)


def test_an_independent_view_of_too_little_evidence_does_not_speak():
    assert gap(own=(8, 2), client=(3, 5), independent=(1, 0)).against == "client"


@pytest.mark.parametrize(
    ("evidence", "overrates"),
    [
        ({"own": (8, 2), "independent": (3, 5)}, True),
        ({"own": (8, 2), "independent": (6, 4)}, False),
        ({"own": (2, 8), "independent": (8, 2)}, False),
        ({"own": (1, 0), "independent": (1, 20)}, False),
        ({"own": (9, 2), "independent": (5, 3)}, False),
    ],
    ids=["sure-gap", "small-gap", "underrates", "own-view-too-thin", "not-sure"],
)
def test_it_overrates_itself_only_where_gap_and_evidence_are_great(evidence, overrates):
    assert gap(**evidence).overrates is overrates


def test_without_it_s_own_view_there_is_no_gap_to_show():
    found = gap(client=(30, 5), independent=(30, 5))
    assert found.score.shown is None
    assert "own view" in found.score.missing
