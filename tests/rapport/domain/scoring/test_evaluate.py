"""All scores of one client: what passes through to health, weeks and broken feeds."""

from dataclasses import replace
from pathlib import Path

import pytest

from rapport.domain.calendar import last_day_of
from rapport.domain.ledger.activity import SOURCES
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.feeds import UNKNOWN_SOURCE, SourceState
from rapport.domain.procurement.missing_inputs import BrokenFeed
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import (
    evaluate,
    relationship_scores,
    weekly_reading,
    with_feed_state,
    with_score_feed_state,
)

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
WEEK = (DAY + 3) // 7
ANSWERED = (("trust", 5, 1, 5),)
FACTS = [
    (3, ("survey.invited",), 12),
    (2, ("survey.answered", "client", ANSWERED, 1), 6),
    (2, ("survey.answered", "own", (("trust", 4, 1, 5),), None), 6),
    (2, ("survey.answered", "independent", (("trust", 3, 1, 5),), None), 6),
    (9, ("ticket.opened", "incident", "P2"), 3),
    (8, ("ticket.closed", "P1", True, "person", 0), 9),
    (7, ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True), 9),
    (6, ("knowledge", "goals", "client"), 1),
    (5, ("with-signals", ("ticket.reopened",), ("external_supplier",)), 2),
    (80, ("buy", "outside", "software", "acme", "EUR", 100), 2),
]


def client_of(facts=FACTS, shift=0):
    client = ClientMeasures()
    for ago, fact, times in facts:
        client.add(DAY - ago - shift, fact, times)
    return client


def health_of(client, feeds=None):
    own = client_inputs(client, COMPILED.policy, DAY)
    shared = fleet_context([own], COMPILED.policy, DAY, {})
    if feeds is not None:
        shared = replace(shared, feeds=dict.fromkeys(SOURCES, UNKNOWN_SOURCE) | feeds)
    return evaluate("finance", client, own, COMPILED, DAY, shared), shared


def test_health_holds_each_score_of_the_day_by_name():
    client = client_of()
    health, _ = health_of(client)
    now = relationship_scores(client.sums_at(COMPILED, DAY), COMPILED)
    assert (health.client, health.day, health.policy_hash) == ("finance", DAY, COMPILED.hash)
    assert (health.trust, health.engagement) == (now.trust, now.engagement)
    assert (health.perception, health.knowledge, health.participation) == (
        now.perception,
        now.knowledge,
        now.participation,
    )
    assert [score.name for score in health.scores] == [
        *("participation", "divergence", "engagement", "knowledge", "maturity", "perception"),
        *("trust", "trust.independent", "trust.own"),
    ]
    shown = [health.trust, health.perception.own, health.perception.independent]
    assert [round(score.shown, 2) for score in shown] == [0.86, 0.73, 0.5]
    assert health.signals[0].signal == "external_supplier"
    assert health.volume == pytest.approx(3 * 2 ** (-9 / 90) + 9 * 2 ** (-7 / 90))


def test_the_other_side_of_the_gap_is_the_client_itself():
    health, _ = health_of(client_of())
    assert health.perception.against == "client"
    assert health.perception.score.shown == pytest.approx(
        health.perception.own.shown - health.trust.shown
    )


def test_a_week_is_what_the_scores_were_at_its_end():
    client = client_of(shift=7)
    health, _ = health_of(client)
    policy = COMPILED.policy
    assert len(health.weeks) == policy.maturity.ring_weeks + policy.compare.past_weeks
    sums = client.sums_at(COMPILED, last_day_of(WEEK - 1))
    assert health.weeks[-1] == weekly_reading(sums, COMPILED)
    then = relationship_scores(sums, COMPILED)
    week = health.weeks[-1]
    assert (week.trust, week.engagement) == (then.trust.shown, then.engagement.shown)
    assert week.trust_own == then.perception.own.shown
    assert week.trust_independent == then.perception.independent.shown
    assert week.perception == then.perception.score.shown
    assert week.knowledge == then.knowledge.score.shown
    assert week.participation == then.participation.score.shown
    assert len({*week[:7]}) == 7
    before = weekly_reading(client.sums_at(COMPILED, last_day_of(WEEK - 4)), COMPILED)
    assert health.weeks[-4] == before
    assert (before.trust, before.green_tickets, before.trusted_but_silent) == (None, None, None)


def test_tickets_and_silence_of_a_week_are_remembered_apart():
    # All nine tickets were in time; half of those invited answered.
    week = weekly_reading(client_of().sums_at(COMPILED, DAY), COMPILED)
    one = 1 << 40
    assert week.green_tickets == one
    assert week.trusted_but_silent / one == pytest.approx(0.86 + 0.5 - 1, abs=0.01)
    no_answers = weekly_reading(ClientMeasures().sums_at(COMPILED, DAY), COMPILED)
    assert (no_answers.green_tickets, no_answers.trusted_but_silent) == (None, None)
    assert no_answers.criteria_met.inputs == 0


BROKEN = SourceState("broken", 12, 3)


@pytest.mark.parametrize(
    ("source", "lowered"),
    [
        ("surveys", {"trust": 2 / 3, "engagement": 2 / 3, "perception": 0, "trust.own": 0}),
        ("tickets", {"trust": 2 / 3, "engagement": 2 / 3, "maturity": 3 / 4}),
        ("relationship", {"knowledge": 0, "participation": 0, "maturity": 3 / 4}),
        ("procurement", {"maturity": 3 / 4, "divergence": 2 / 3}),
    ],
)
def test_a_broken_source_lowers_the_confidence_of_the_scores_that_read_it(source, lowered):
    client = client_of()
    fresh, _ = health_of(client, {})
    stale, _ = health_of(client, {source: BROKEN})
    for before, after in zip(fresh.scores, stale.scores, strict=True):
        if before.name in lowered:
            assert after.confidence == pytest.approx(before.confidence * lowered[before.name])
        if after.confidence != before.confidence:
            assert after.missing == (*before.missing, BrokenFeed(source, 12, 3))
        assert replace(after, confidence=0, missing=()) == replace(before, confidence=0, missing=())
    assert stale.sources.keys() <= fresh.sources.keys()


def test_what_no_broken_source_touches_is_the_same_object():
    health, shared = health_of(client_of(), {})
    assert with_feed_state(health.trust, shared) is health.trust
    assert with_score_feed_state(health.knowledge, shared) is health.knowledge
    broken = replace(shared, feeds={"relationship": BROKEN})
    assert with_score_feed_state(health.knowledge, broken).score.missing[-1] == BrokenFeed(
        "relationship", 12, 3
    )
