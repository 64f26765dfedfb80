"""Which changes are announced, and that an announcement passes on all that is known of them."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from rapport.domain.explanation.change_attribution import announced_score
from rapport.domain.explanation.change_events import (
    LastAnnounced,
    changed_names,
    shown_values,
)
from rapport.domain.explanation.client_snapshot import take_client_snapshot
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.purchase_rows import PurchaseRow
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.language.announcements import score_announcement, state_announcement
from rapport_schemas.health import FigureChanged, ScoreChanged

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
TODAY = date(2024, 10, 4)
FACTS = [
    (DAY - 9, ("survey.answered", "client", (("trust", 4, 1, 5),), None), 6),
    (DAY - 9, ("survey.answered", "own", (("trust", 5, 1, 5),), None), 6),
    (DAY - 8, ("touch", "roadmap_talk", ("cio",), (), ("goals",), True), 6),
    (DAY - 2, ("touch", "workshop", ("it_team",), (), (), True), 3),
    (DAY - 7, ("knowledge", "goals", "client"), 1),
    (DAY - 7, ("knowledge", "mission", "client"), 1),
]


def at(facts=()):
    client = ClientMeasures()
    for day, fact, times in facts:
        client.add(day, fact, times)
    own = client_inputs(client, COMPILED.policy, DAY)
    health = evaluate(
        "finance", client, own, COMPILED, DAY, fleet_context([own], COMPILED.policy, DAY, {})
    )
    return take_client_snapshot(client, COMPILED, health)


NOW = at(FACTS)


def in_stage(stage, *, sufficient=True):
    """The client of `NOW` in a stage of maturity, at a confidence of 0.75."""
    maturity = NOW.health.maturity
    evidence = ScoreEvidence(EvidenceLevel(3 * sufficient))
    score = replace(maturity.score, evidence=evidence, confidence=0.75)
    health = replace(NOW.health, maturity=replace(maturity, stage=stage, score=score))
    return replace(NOW, health=health)


@pytest.mark.parametrize(
    ("stage", "name"), enumerate(("supplier", "partner", "anticipator"), start=1)
)
def test_the_state_of_maturity_is_the_name_of_the_stage(stage, name):
    assert shown_values(in_stage(stage).health)["state.maturity"] == name
    assert shown_values(in_stage(stage, sufficient=False).health)["state.maturity"] is None


@pytest.mark.parametrize(("stage", "announced"), [(1, False), (2, True), (3, True)])
def test_of_a_new_client_the_first_stage_is_not_announced_and_a_higher_one_is(stage, announced):
    names = list(changed_names(in_stage(stage).health, lambda _: None, 0.005))
    assert ("state.maturity" in names) is announced
    assert "state.purchases" not in names


@pytest.mark.parametrize("step", [0.25, -0.25], ids=["rose", "fell"])
@pytest.mark.parametrize(("more", "announced"), [(0, True), (1e-9, False)], ids=["exactly", "less"])
def test_a_change_of_exactly_the_minimum_is_announced(step, more, announced):
    trust = NOW.health.trust.shown
    minimum = abs(trust - (trust - step)) + more
    last = {"trust": LastAnnounced("0" * 32, trust - step)}
    assert ("trust" in list(changed_names(NOW.health, last.get, minimum))) is announced


@pytest.mark.parametrize(
    ("was", "announced"), [("supplier", True), ("partner", False), (None, True)]
)
def test_a_state_is_announced_when_it_is_another_than_the_last(was, announced):
    last = {"state.maturity": LastAnnounced("0" * 32, was)}
    assert ("state.maturity" in list(changed_names(in_stage(2).health, last.get, 0.9))) is announced


def test_the_state_in_which_all_begin_is_announced_after_another_one():
    last = {"state.maturity": LastAnnounced("0" * 32, "partner")}
    assert "state.maturity" in list(changed_names(in_stage(1).health, last.get, 0.005))


def test_the_announcement_of_a_stage_says_how_sure_it_is_and_rests_on_the_contacts():
    change = state_announcement("state.maturity", LastAnnounced("a" * 32, "supplier"), in_stage(2))
    assert (change.client, change.state, change.day) == ("finance", "maturity", TODAY)
    assert (change.old, change.new, change.follows) == ("supplier", "partner", "a" * 32)
    assert (change.confidence, change.policy) == (0.75, COMPILED.hash)
    announced = [(e.kind, e.events, e.first_day, e.last_day) for e in change.evidence]
    assert announced == [
        ("roadmap_talk", 6, date(2024, 9, 26), date(2024, 9, 26)),
        ("touch_strategic", 6, date(2024, 9, 26), date(2024, 9, 26)),
        ("workshop", 3, date(2024, 10, 2), date(2024, 10, 2)),
    ]
    assert "partner" in change.reason.en


def test_the_announcement_of_a_purchase_alert_names_the_first_and_the_last_day():
    rows = [
        PurchaseRow("acme", "software", DAY - day, times) for day, times in ((1, 2), (9, 1), (5, 4))
    ]
    purchases = replace(NOW.health.purchases, state="alert", confidence=0.5)
    rising = replace(
        NOW, health=replace(NOW.health, purchases=purchases), purchase_rows=tuple(rows)
    )
    change = state_announcement("state.purchases", None, rising)
    (proof,) = change.evidence
    assert (proof.kind, proof.events) == ("purchase", 7)
    assert (proof.first_day, proof.last_day) == (date(2024, 9, 25), date(2024, 10, 3))
    assert (change.state, change.new, change.confidence) == ("purchases", "alert", 0.5)


def test_a_state_that_is_known_no_more_is_announced_as_null_without_purchases_to_show():
    change = state_announcement(
        "state.maturity", LastAnnounced("a" * 32, "partner"), in_stage(2, sufficient=False)
    )
    assert (change.old, change.new) == ("partner", None)
    calm = state_announcement("state.purchases", LastAnnounced("a" * 32, "alert"), NOW)
    assert (calm.new, calm.evidence) == (None, [])


@pytest.mark.parametrize(
    ("name", "model", "baseline"),
    [
        ("trust", ScoreChanged, Fraction(1, 2)),
        ("engagement", ScoreChanged, Fraction(0)),
        ("knowledge", ScoreChanged, Fraction(0)),
        ("participation", ScoreChanged, Fraction(0)),
        ("perception", FigureChanged, Fraction(0)),
    ],
)
def test_the_announcement_of_a_score_passes_on_what_is_known_of_it(name, model, baseline):
    found = NOW.attributions[name]
    change = score_announcement(found, None, NOW.health)
    assert type(change) is model
    assert (change.client, change.score, change.day) == ("finance", name, TODAY)
    assert (change.old, change.new.fraction) == (None, found.score.value)
    assert change.baseline.fraction == baseline
    assert change.confidence == found.score.confidence > 0
    assert (change.policy, change.follows) == (COMPILED.hash, None)
    assert {e.kind for e in change.evidence} == {row.kind for row in found.rows if row.day}


def test_a_score_is_announced_once_until_it_changes():
    found = NOW.attributions["trust"]
    kept = announced_score(found, "b" * 32, DAY, COMPILED.hash)
    assert score_announcement(found, kept, NOW.health) is None
    more = at([*FACTS, (DAY, ("promise", "broken"), 1)])
    change = score_announcement(more.attributions["trust"], kept, more.health)
    assert (change.follows, change.old.fraction) == ("b" * 32, found.score.value)
