"""A score: exact sums, what is shown, the credible interval, and the order of its reasons."""

from dataclasses import replace
from fractions import Fraction

import pytest

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.changeable import CHANGEABLE, gains
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.score import Part, Score, over_common_denominator
from rapport.runtime.policy_file import load_policy

COMPILED = CompiledPolicy(load_policy(None))


def score(*parts, sufficient=True, shape=None):
    return Score(
        name="trust",
        denominator=10,
        baseline=5,
        parts=parts,
        confidence=0.5,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel(3 * sufficient)),
        shape=shape,
    )


def test_the_parts_add_up_to_the_value():
    one = score(Part("a", 2, 3), Part("b", -1, 0))
    assert (one.numerator, one.value, one.shown) == (6, Fraction(3, 5), 0.6)
    assert one.ratio(4) == 0.4


def test_a_score_with_too_little_evidence_has_a_value_and_shows_none():
    one = score(Part("a", 2, 3), sufficient=False)
    assert (one.value, one.shown) == (Fraction(7, 10), None)


def test_the_interval_holds_nine_tenths_of_the_distribution():
    # Beta(1, 1) is uniform: its quantiles are the shares themselves.
    one = score(shape=(1.0, 1.0))
    assert (one.low, one.high) == (pytest.approx(0.05), pytest.approx(0.95))
    without = score(Part("a", 2, 3))
    assert (without.low, without.high) == (0.7, 0.7)


def test_the_largest_reason_comes_first_either_way_and_a_part_without_points_is_none():
    a, down, c, zero = Part("a", 3, 3), Part("b", -4, 0), Part("c", 1, 9), Part("d", 0, 2)
    assert score(zero, c, a, down).reasons() == (down, a, c)
    assert score().reasons() == ()


def test_what_lacks_most_comes_first_and_what_lacks_nothing_not_at_all():
    a, b, c, full = Part("a", 1, 3), Part("b", -2, 5), Part("c", 0, 2), Part("d", 4, 4)
    assert [part.missing for part in (a, b, c, full)] == [2, 7, 2, 0]
    assert score(full, c, b, a).lacking() == (b, a, c)


def test_a_score_is_made_of_names_only():
    with pytest.raises(TypeError):
        Score("trust", 10, 5, (), 0.5, (), True)  # noqa: FBT003 # what must not be allowed


def test_fractions_over_one_denominator():
    assert over_common_denominator([Fraction(1, 2), Fraction(2, 3), Fraction(-3)]) == (
        6,
        (3, 4, -18),
    )
    assert over_common_denominator([]) == (1, ())


GAINS = {
    "trust": {"closed": 3, "independent": 9, "promise": 5, "signal": 8, "survey": 7, "rating": 0},
    "trust.own": {"survey": 9},
    "trust.independent": {"independent": 9},
    "perception": {"own.survey": 9, "client.closed": 9},
    "divergence": {"tickets_green": 9},
    "engagement": {"response": 1, "silence": 4},
    "maturity": {"alert_weeks": 9, "gap": 9, "knowledge": 1, "trust": 9},
}


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("trust", ["promise", "closed"]),
        ("trust.own", []),
        ("trust.independent", []),
        ("perception", []),
        ("divergence", []),
        ("engagement", ["silence", "response"]),
        ("maturity", ["knowledge"]),
    ],
)
def test_only_what_it_can_change_itself_is_a_gain(name, named):
    parts = (Part(component, 1, 1 + lacks) for component, lacks in GAINS[name].items())
    found = gains(replace(score(*parts), name=name))
    assert [part.component for part in found] == named


def test_every_component_that_it_can_change_is_one_of_its_score():
    client = ClientMeasures()
    for fact in (
        ("ticket.closed", "P1", True, "person", 4),
        ("ticket.rated", 3, 1, 7),
        ("ticket.reopened",),
        ("promise", "kept"),
    ):
        client.add(20_000, fact, 9)
    own = client_inputs(client, COMPILED.policy, 20_000)
    shared = fleet_context([own], COMPILED.policy, 20_000, {})
    health = evaluate("a", client, own, COMPILED, 20_000, shared)
    known = {found.name: {part.component for part in found.parts} for found in health.scores}
    known["maturity"] |= {"proposals_accepted"}  # a criterion of the last stage
    for name, components in CHANGEABLE.items():
        assert components <= known[name]
