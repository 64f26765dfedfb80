"""The perception gap: the worked numbers of the domain (section 1.3)."""

from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import pytest

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.newest_evidence import EvidenceTotals
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.perception import perception
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.scoring.trust import trust

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))


def about(value, digits=7):
    return pytest.approx(value, abs=10**-digits)


def gap(policy=COMPILED.policy.perception, **evidence):
    """Perception from (r, s) per viewpoint, each of five answers."""
    newest = {}
    for viewpoint, (r, s) in evidence.items():
        source = "independent" if viewpoint == "independent" else "survey"
        kept = COMPILED.trust.sources[viewpoint][source]
        totals = EvidenceTotals(kept, [20_000], [r * UNIT], [s * UNIT], {"trust": [5]})
        newest[kept.name] = totals.newest_at(20_000)
    decayed = DecayedSums(20_000, {}, {}, evidence=newest)
    views = [trust(decayed, COMPILED.trust, v) for v in ("own", "client", "independent")]
    return perception(*views, policy)


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


def test_the_chance_of_the_gap_is_that_of_a_normal_difference_of_two_beta_means():
    # Own view: Beta(9, 3), the other: Beta(4, 6). The gap is 0.75 - 0.4.
    variance = 9 * 3 / (12**2 * 13) + 4 * 6 / (10**2 * 11)
    found = gap(own=(8, 2), independent=(3, 5))
    assert found.probability == pytest.approx(NormalDist().cdf(0.35 / sqrt(variance)))


def test_the_confidence_of_the_gap_is_that_of_the_less_sure_view():
    assert gap(own=(8, 2), independent=(3, 5)).score.confidence == pytest.approx(8 / 10)
    assert gap(own=(3, 5), independent=(8, 2)).score.confidence == pytest.approx(8 / 10)


@pytest.mark.parametrize(
    ("alert_gap", "alert_probability", "overrates"),
    [
        (0.0, 0.0, True),
        ("gap", "probability", True),
        ("above gap", 0.0, False),
        (0.0, "above probability", False),
    ],
    ids=["both above", "both at the bound", "gap too small", "not sure enough"],
)
def test_it_overrates_itself_from_the_bounds_on(alert_gap, alert_probability, overrates):
    found = gap(own=(8, 2), independent=(3, 5))
    bounds = {
        "gap": found.score.shown,
        "above gap": found.score.shown + 1e-9,
        "probability": found.probability,
        "above probability": found.probability + 1e-9,
    }
    policy = COMPILED.policy.perception.model_copy(
        update={
            "alert_gap": bounds.get(alert_gap, alert_gap),
            "alert_probability": bounds.get(alert_probability, alert_probability),
        }
    )
    assert gap(policy, own=(8, 2), independent=(3, 5)).overrates is overrates


def view(*components, withheld=None, sufficient=True):
    return Score(
        name="trust",
        denominator=4,
        baseline=2,
        parts=tuple(Part(component, 1, 1) for component in components),
        confidence=0.5,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel(3 * sufficient)),
        withheld=withheld,
    )


WITHHELD = view(withheld=Withheld(("survey",), 5), sufficient=False)
COMBINED_PARTS = view("rating", "combined", withheld=Withheld(("survey",), 5, ("closed", "survey")))
UNKNOWN = view(sufficient=False)


@pytest.mark.parametrize(
    ("own", "client", "independent", "missing", "withheld"),
    [
        (view("survey"), view("survey"), view("independent"), (), None),
        (UNKNOWN, UNKNOWN, UNKNOWN, ("own view", "client view", "independent view"), None),
        (WITHHELD, view("survey"), view("independent"), (), (("own view",), 5, ())),
        (
            WITHHELD,
            view("survey"),
            WITHHELD,
            (),
            (("own view", "independent view"), 5, ()),
        ),
        (
            view("survey"),
            COMBINED_PARTS,
            UNKNOWN,
            ("independent view",),
            (("client.survey",), 5, ("client.closed", "client.survey")),
        ),
        (
            view("survey"),
            COMBINED_PARTS,
            view("independent"),
            (),
            (("client.survey",), 5, ("client.closed", "client.survey")),
        ),
        (
            view("survey"),
            replace(COMBINED_PARTS, evidence=ScoreEvidence(EvidenceLevel.NONE)),
            view("independent"),
            (),
            None,
        ),
    ],
    ids=[
        "all shown",
        "all unknown",
        "own view of a few",
        "two views of a few",
        "part of the client's view of a few",
        "the same beside an independent view",
        "too little of the client, against an independent view",
    ],
)
def test_a_view_is_missing_or_withheld_and_never_silently_absent(
    own, client, independent, missing, withheld
):
    score = perception(own, client, independent, COMPILED.policy.perception).score
    assert (score.missing, score.withheld) == (missing, withheld)


def test_parts_have_the_name_of_their_view_except_combined_ones():
    score = perception(view("survey"), COMBINED_PARTS, UNKNOWN, COMPILED.policy.perception).score
    assert score.parts == (
        ("client.rating", -4, -4),
        ("combined", -4, -4),
        ("own.survey", 4, 4),
    )
    assert (score.denominator, score.baseline) == (16, 0)


@pytest.mark.parametrize(
    ("own", "client", "chance"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_a_gap_is_shown_when_both_views_are_sufficient(own, client, chance):
    found = perception(
        view("survey", sufficient=own),
        view("survey", sufficient=client),
        UNKNOWN,
        COMPILED.policy.perception,
    )
    assert found.score.sufficient is chance
    # Views without a distribution of their own are as unsure as can be: Beta(1, 1).
    assert (found.probability == pytest.approx(0.5)) is chance


@pytest.mark.parametrize(
    ("client", "independent", "against", "shown"),
    [
        ((3, 5), (5, 3), "client", 0.35),
        ((3, 5), (0, 0), "client", 0.35),
        ((0, 0), (3, 5), "independent", 0.35),
        ((5, 3), (3, 5), "client", 0.15),
    ],
    ids=["both known", "no independent view", "too little of the client", "a better client view"],
)
def test_it_is_compared_with_the_client_itself_where_the_client_is_known(
    client, independent, against, shown
):
    views = {"client": client, "independent": independent}
    found = gap(own=(8, 2), **{name: view for name, view in views.items() if any(view)})
    assert found.against == against
    assert found.score.shown == pytest.approx(shown)
