"""Divergence: signs that should go together and do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from rapport.streams.core.decay import UNIT
from rapport.streams.core.divergence import (
    GREEN_WHILE_BUYING,
    TRUSTED_WHILE_SILENT,
    divergence,
)
from rapport.streams.core.engagement import ANSWERED, INVITED
from rapport.streams.core.few import people as people_of
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.procurement import PurchaseHealth
from rapport.streams.core.tallies import Standing
from rapport.streams.core.trust import tally_names, trust

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
PLAN = Plan(parse_policy(TEXT))
CLOSED = tally_names("client", "closed")
SURVEY = tally_names("client", "survey")
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
    by_standing=(),
)
RISEN = replace(ORDINARY, observed=12, ratio=6.0, probability=0.0036, state="alert")


def found(sums, purchases=ORDINARY):
    standing = Standing(20_000, {name: round(x * UNIT) for name, x in sums.items()}, {})
    return divergence(
        standing,
        trust(standing, PLAN.trust),
        purchases,
        PLAN.policy.divergence,
        PLAN.policy.purchases,
    )


GREEN = {CLOSED[0]: 9.0, CLOSED[1]: 1.0}


def test_green_tickets_while_outside_purchases_rise_diverge():
    got = found(GREEN, RISEN)
    assert got.pattern == GREEN_WHILE_BUYING
    assert got.score.shown == pytest.approx(0.9)
    assert got.alert
    points = {part.component: got.score.ratio(part.points) for part in got.score.parts}
    assert points == pytest.approx({"tickets_green": 0.9, "buying_rises": 1.0, "together": 0.0})


@pytest.mark.parametrize(
    ("sums", "purchases"),
    [(GREEN, ORDINARY), ({CLOSED[1]: 9.0}, RISEN)],
    ids=["nothing-rises", "tickets-are-red-too"],
)
def test_one_sign_alone_is_no_divergence(sums, purchases):
    got = found(sums, purchases)
    assert (got.pattern, got.alert) == (None, False)
    assert got.score.value == 0


def test_trust_that_is_high_while_nobody_answers_diverges():
    people = dict.fromkeys(people_of("client.trust"), 5.0)
    sums = people | {SURVEY[0]: 18.0, SURVEY[1]: 0.0, INVITED: 20.0, ANSWERED: 1.0}
    got = found(sums)
    assert got.pattern == TRUSTED_WHILE_SILENT
    assert got.score.shown == pytest.approx(0.95 + 0.95 - 1)
    assert got.score.confidence == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("sums", "missing"),
    [
        ({}, ("tickets_green", "trusted", "unanswered")),
        ({CLOSED[0]: 2.9}, ("tickets_green", "unanswered")),
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
