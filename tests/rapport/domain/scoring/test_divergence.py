"""Divergence: signs that should go together and do not."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.newest_evidence import EvidenceTotals
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.divergence import (
    GREEN_WHILE_BUYING,
    TRUSTED_WHILE_SILENT,
    DivergencePattern,
    _parts,
    bounded_sum,
    divergence,
    own_signs,
    rising,
    tickets_green,
    trusted_while_silent,
)
from rapport.domain.scoring.engagement import ANSWERED, INVITED
from rapport.domain.scoring.trust import CLOSED_SUMS, trust

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
CLOSED = CLOSED_SUMS
CLIENT = COMPILED.trust.sources["client"]
SURVEY, TICKETS = CLIENT["survey"], CLIENT["closed"]
ORDINARY = PurchaseHealth(
    observed=2,
    expected=2.0,
    ratio=1.0,
    excess=0.0,
    probability=0.6,
    state="clear",
    history_weeks=104,
    spend_minor=(),
    top_suppliers=(),
    by_sanction=(),
)
RISEN = replace(ORDINARY, observed=12, ratio=6.0, probability=0.0036, state="alert")


def found(sums, purchases=ORDINARY, trusted=None):
    """The divergence of sums in units; tickets and `trusted` units of five answers are evidence."""
    sums = {name: round(x * UNIT) for name, x in sums.items()}
    evidence = {}
    met, missed = (sums.get(name, 0) for name in CLOSED)
    if met or missed:
        totals = EvidenceTotals(TICKETS, [DAY], [met], [missed], {})
        evidence[TICKETS.name] = totals.newest_at(DAY)
    if trusted is not None:
        totals = EvidenceTotals(SURVEY, [DAY], [round(trusted * UNIT)], [0], {"trust": [5]})
        evidence[SURVEY.name] = totals.newest_at(DAY)
    sums_now = DecayedSums(DAY, sums, {}, evidence=evidence)
    policy = COMPILED.policy
    signs = own_signs(sums_now, trust(sums_now, COMPILED.trust), policy.divergence)
    return divergence(signs, purchases, policy.divergence, policy.purchases)


GREEN = {CLOSED[0]: 9.0, CLOSED[1]: 1.0}


def test_green_tickets_while_outside_purchases_rise_diverge():
    got = found(GREEN, RISEN)
    assert got.pattern == GREEN_WHILE_BUYING
    assert got.score.shown == pytest.approx(0.9)
    assert got.alert
    points = {part.component: got.score.ratio(part.points) for part in got.score.parts}
    # Each sign gives a part of the strength, in proportion: 0.9 x 0.9 / 1.9 and 0.9 x 1 / 1.9.
    assert points == pytest.approx({"tickets_green": 0.4263158, "buying_rises": 0.4736842})
    strengths = {part.component: got.score.ratio(part.possible) for part in got.score.parts}
    assert strengths == pytest.approx({"tickets_green": 0.9, "buying_rises": 1.0})


@pytest.mark.parametrize(
    ("sums", "purchases"),
    [(GREEN, ORDINARY), ({CLOSED[1]: 9.0}, RISEN)],
    ids=["nothing-rises", "tickets-are-red-too"],
)
def test_one_sign_alone_is_no_divergence(sums, purchases):
    got = found(sums, purchases)
    assert (got.pattern, got.alert) == (None, False)
    assert got.score.value == 0


def test_high_trust_with_unanswered_invitations_diverges():
    got = found({INVITED: 20.0, ANSWERED: 1.0}, trusted=18.0)
    assert got.pattern == TRUSTED_WHILE_SILENT
    assert got.score.shown == pytest.approx(0.95 + 0.95 - 1)
    assert got.score.confidence == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("sums", "missing"),
    [
        ({}, ("tickets_green", "trusted", "unanswered")),
        ({CLOSED[0]: 2.9}, ("tickets_green", "trusted", "unanswered")),
        (GREEN | {INVITED: 4.9}, ("unanswered",)),
    ],
    ids=["nothing", "few-tickets", "few-invitations"],
)
def test_a_sign_of_too_little_evidence_is_missing_and_not_calm(sums, missing):
    assert found(sums).score.missing == missing


def test_without_purchases_known_no_rise_is_excluded():
    got = found(GREEN, replace(ORDINARY, history_weeks=0))
    assert "buying_rises" in got.score.missing
    assert got.score.shown is None


def test_the_rarer_the_number_of_purchases_the_stronger():
    chances = [0.6, 0.2, 0.05, 0.01, 0.0036, 1e-9]
    strengths = [found(GREEN, replace(RISEN, probability=chance)).score.value for chance in chances]
    assert strengths == sorted(strengths)
    assert strengths[-1] == strengths[-2] > strengths[-3]


def test_the_names_of_patterns_sides_and_parts_are_those_that_are_published():
    got = found(GREEN, RISEN)
    assert [(one.name, one.sides) for one in got.patterns] == [
        ("green_while_buying", ("tickets_green", "buying_rises")),
        ("trusted_while_silent", ("trusted", "unanswered")),
    ]
    assert [part.component for part in got.score.parts] == [
        "buying_rises",
        "tickets_green",
    ]


@pytest.mark.parametrize(
    ("late", "shown", "alert"),
    [(9.0, 0.1, False), (6.0, 0.4, False), (5.0, 0.5, True), (1.0, 0.9, True)],
    ids=["faint", "below", "exactly at the bound", "strong"],
)
def test_a_divergence_is_an_alert_from_the_policy_s_bound_on(late, shown, alert):
    got = found({CLOSED[0]: 10.0 - late, CLOSED[1]: late}, RISEN)
    assert got.score.shown == pytest.approx(shown)
    assert (got.pattern, got.alert) == (GREEN_WHILE_BUYING, alert)


def test_two_sides_that_together_are_no_more_than_one_whole_take_each_other_back():
    got = found({CLOSED[0]: 1.0, CLOSED[1]: 3.0}, replace(RISEN, probability=0.5))
    points = {part.component: (part.points, part.possible) for part in got.score.parts}
    assert points == {
        "tickets_green": (0, UNIT // 4),
        "buying_rises": (0, 0),
    }
    assert (got.score.value, got.score.denominator, got.score.baseline) == (0, UNIT, 0)


@given(st.integers(0, UNIT), st.integers(0, UNIT))
def test_both_signs_add_up_to_their_strength_and_none_gives_more_than_it_has(one, other):
    parts = _parts(DivergencePattern("p", ("a", "b"), (one, other), 1.0))
    assert [(part.component, part.possible) for part in parts] == [("a", one), ("b", other)]
    assert sum(part.points for part in parts) == max(0, one + other - UNIT)
    assert all(0 <= part.points <= part.possible for part in parts)


def test_of_two_known_patterns_the_stronger_one_is_the_score():
    silent = {INVITED: 20.0, ANSWERED: 12.0}
    got = found(silent | GREEN, RISEN, trusted=18.0)
    assert (got.pattern, got.score.missing) == (GREEN_WHILE_BUYING, ())
    assert got.score.confidence == pytest.approx(10 / (10 + 3))
    more = {CLOSED[0]: 9.25, CLOSED[1]: 1.25}
    got = found(silent | more, RISEN, trusted=18.0)
    assert got.score.confidence == pytest.approx(10.5 / (10.5 + 3))
    late = {CLOSED[0]: 4.0, CLOSED[1]: 96.0}
    got = found(silent | {ANSWERED: 1.0} | late, RISEN, trusted=18.0)
    assert got.pattern == TRUSTED_WHILE_SILENT


def test_without_inputs_the_divergence_is_none():
    got = found({}, replace(ORDINARY, history_weeks=0))
    assert (got.score.baseline, got.score.parts, got.score.confidence) == (0, (), 0.0)
    assert (got.score.sufficient, got.pattern, got.alert) == (False, None, False)
    assert got.score.missing == ("tickets_green", "buying_rises", "trusted", "unanswered")


@pytest.mark.parametrize(
    ("met", "missed", "ratio"),
    [(2.0, 1.0, 733_007_751_850), (0.0, 3.0, 0), (1.5, 1.4, None), (0.0, 0.0, None)],
    ids=["exactly the minimum", "all late", "just less", "none"],
)
def test_tickets_are_green_by_their_share_in_time(met, missed, ratio):
    sums_now = DecayedSums(0, {CLOSED[0]: round(met * UNIT), CLOSED[1]: round(missed * UNIT)}, {})
    assert tickets_green(sums_now, COMPILED.policy.divergence) == ratio


@pytest.mark.parametrize(
    ("observed", "probability", "strength"),
    [
        (3, 0.0036, 1.0),
        (2, 0.0036, 0.0),
        (3, 0.5, 0.0),
        (3, 0.9, 0.0),
        (3, 0.0, 1.0),
        (3, 0.0424264, 0.5),
    ],
    ids=["an alert", "too few", "ordinary", "more than ordinary", "no chance", "half way"],
)
def test_purchases_rise_by_the_log_of_their_chance(observed, probability, strength):
    rise = rising(observed, probability, COMPILED.policy.purchases)
    assert rise / UNIT == pytest.approx(strength, abs=1e-6)
    assert 0 <= rise <= UNIT


@pytest.mark.parametrize(
    ("invited", "answered", "silent"),
    [(5.0, 0.0, 1.0), (4.99, 0.0, None), (5.0, 2.0, 0.6), (8.0, 9.0, 0.0)],
    ids=["exactly the minimum", "just fewer", "some answered", "more answers than invitations"],
)
def test_silence_is_the_share_of_invitations_without_an_answer(invited, answered, silent):
    sums = {INVITED: round(invited * UNIT), ANSWERED: round(answered * UNIT)}
    sums_now = DecayedSums(0, sums, {})
    score = trust(sums_now, COMPILED.trust)
    unknown, found = trusted_while_silent(sums_now, score, COMPILED.policy.divergence).values
    assert unknown is None
    assert found == (None if silent is None else pytest.approx(silent * UNIT, abs=2))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [(3, 2, 1), (2, 2, 0), (1, 1, 0), (None, 4, None), (4, None, None), (4, 4, 4), (1, 4, 1)],
)
def test_the_bounded_sum_in_quarters(one, other, together):
    quarter = UNIT // 4
    sides = [None if side is None else side * quarter for side in (one, other)]
    assert bounded_sum(*sides) == (None if together is None else together * quarter)
