"""The series of the scores other than trust and engagement."""

from pathlib import Path

import pytest

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.monitoring.metrics.relationship import (
    RELATIONSHIP,
    relationship_samples,
    target_samples,
)

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
DAY = 20_000


def health_of(*facts):
    client = ClientMeasures()
    for day, fact, times in facts:
        client.add(day, fact, times)
    own = client_inputs(client, POLICY, DAY)
    shared = fleet_context([own], POLICY, DAY, {})
    return evaluate("finance", client, own, CompiledPolicy(POLICY), DAY, shared)


def shown_scores():
    return {score.name: score.shown for score in health_of(*EVENTS).scores}


def shown(*facts):
    health = health_of(*facts)
    samples = list(relationship_samples(health, POLICY.compare))
    found = {
        (one.metric.series.removeprefix("rapport_"), *one.labels): one.value for one in samples
    }
    assert len(found) == len(samples)
    return found


EVENTS = [
    (DAY, ("survey.answered", "client", (("trust", 2, 1, 5),), None), 9),
    (DAY, ("survey.answered", "own", (("trust", 5, 1, 5),), None), 9),
    (DAY - 3, ("ticket.closed", "P2", True, "person", 0), 9),
    (DAY - 200, ("knowledge", "goals", "client"), 1),
    (DAY - 5, ("knowledge", "pain_points", "client"), 1),
    (DAY - 1, ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True), 4),
    (DAY - 1, ("touch", "workshop", ("it_team",), ("crm",), (), False), 4),
    (DAY, ("ticket.opened", "request", "P3"), 10),
]


def test_a_client_without_events_has_no_series():
    assert shown() == {}


def test_every_score_of_a_known_client_has_its_series():
    found = shown(*EVENTS)
    assert found["client_perception_gap_ratio", "finance"] > 0.3
    assert found["client_trust_view_ratio", "finance", "own"] > 0.9
    assert ("client_trust_view_ratio", "finance", "independent") not in found
    assert found["client_perception_overrated", "finance"] == 1
    assert found["client_perception_gap_probability_ratio", "finance"] > 0.99
    assert found["client_knowledge_facet_stale", "finance", "goals"] == 1
    assert found["client_knowledge_facet_ratio", "finance", "mission"] == 0
    assert found["client_message_share_ratio", "finance"] == pytest.approx(0.5)
    assert found["client_role_breadth_ratio", "finance", "cio"] > 0.9
    assert found["client_role_breadth_ratio", "finance", "it_management"] == 0
    assert found["client_maturity_stage", "finance"] == 1
    assert 1 < found["client_maturity_index", "finance"] < 2
    assert found["client_maturity_step", "finance"] == 0
    # All evidence is of this month: there are no earlier weeks to compare with.
    assert ("client_score_falling", "finance", "trust") not in found
    # Trusted, but without purchases and invitations to compare that with.
    assert ("client_divergence_alert", "finance") not in found
    invited = (DAY, ("survey.invited",), 40)
    answered = (DAY, ("survey.answered", "client", (("trust", 2, 1, 5),), 0), 1)
    assert 0 < shown(*EVENTS, invited, answered)["client_divergence_ratio", "finance"] < 1


def test_trust_that_dropped_shows_its_median_and_that_it_falls():
    good = [
        (DAY - back, ("ticket.closed", "P2", True, "person", 0), 5) for back in range(7, 200, 7)
    ]
    bad = (DAY - 8, ("survey.answered", "client", (("trust", 1, 1, 5),), None), 4)
    assert shown(*good)["client_score_falling", "finance", "trust"] == 0
    found = shown(*good, bad)
    assert found["client_score_falling", "finance", "trust"] == 1
    assert 0.7 < found["client_score_past_ratio", "finance", "trust"] < 1


def test_missing_points_are_a_series_per_component_and_impact_grows_with_contact():
    small_group, many = (
        shown(*EVENTS),
        shown(*EVENTS, (DAY, ("ticket.opened", "request", "P3"), 90)),
    )
    missing = [key for key in small_group if key[0] == "client_points_missing_ratio"]
    assert {key[2] for key in missing} == {"participation", "engagement", "knowledge", "trust"}
    assert small_group["client_points_missing_ratio", "finance", "knowledge", "mission"] > 0
    for score in ("knowledge", "participation", "engagement"):
        lacking = sum(small_group[key] for key in missing if key[2] == score)
        assert lacking == pytest.approx(1 - shown_scores()[score])
    impact = ("client_impact", "finance", "knowledge")
    assert many[impact] > 3 * small_group[impact] > 0


def test_a_client_has_a_bounded_number_of_series():
    teams = [(DAY, ("touch", "workshop", ("cio",), (f"team-{n}",), (), True), 9) for n in range(50)]
    scores = {metric.series.removeprefix("rapport_") for metric in RELATIONSHIP}
    small_group, many = shown(*EVENTS), shown(*EVENTS, *teams)
    counts = [len([key for key in found if key[0] in scores]) for found in (small_group, many)]
    assert counts[0] == counts[1] <= 75


def test_targets_are_sampled_once_and_not_per_client():
    assert {one.labels: one.value for one in target_samples(POLICY.compare)} == {
        ("trust",): 0.70,
        ("engagement",): 0.55,
        ("knowledge",): 0.70,
        ("participation",): 0.60,
    }
