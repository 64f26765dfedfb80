"""Scores in words: both languages say everything, and say it with numbers."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rapport.domain.comparison.benchmark import Benchmark, PeerScores, Rank, benchmark
from rapport.domain.comparison.past_scores import past_scores
from rapport.domain.explanation.apportionment import PointsRow
from rapport.domain.explanation.attribution import (
    AttributionInputs,
    ScoreAttribution,
    score_attributions,
)
from rapport.domain.explanation.change_attribution import announced_score, change_attribution
from rapport.domain.explanation.difference import Difference, PointsChange, difference
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.purchase_rows import purchase_rows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.maturity import CRITERIA, Criterion
from rapport.domain.scoring.participation import ROLES
from rapport.domain.scoring.score import Score
from rapport.language.change_text import change_reason
from rapport.language.language import find_language
from rapport.language.narrative import (
    criterion_label,
    describe_benchmark,
    describe_change,
    describe_combined,
    describe_extras,
    describe_maturity,
    describe_purchases,
    describe_score,
    describe_value,
)

TEXT = (
    Path(__file__).parents[3] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
EN, NL = find_language("en"), find_language("nl")
FACTS = [
    ("ticket.opened", "incident", "P3"),
    ("ticket.opened", "request", "P4"),
    ("ticket.closed", "P1", True, "person", 4),
    ("ticket.closed", "P3", False, "auto", 5),
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 7),
    ("survey.invited",),
    ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
    ("survey.answered", "own", (("trust", 5, 1, 5),), None),
    ("survey.answered", "independent", (("trust", 2, 1, 5),), None),
    ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True),
    ("touch", "roadmap_talk", ("it_team", "it_management"), (), (), False),
    ("touch", "project_meeting", ("project_managers",), (), (), False),
    ("promise", "kept"),
    ("promise", "broken"),
    ("proposal", "it", "accepted"),
    ("signal", "external_supplier", "heard"),
    ("signal", "options_open", "text"),
    ("signal", "unclear_role", "text"),
    ("signal", "raise_the_level", "text"),
    *(("knowledge", facet, "client") for facet in ("goals", "mission", "business_strategy")),
    *(("knowledge", facet, "inferred") for facet in ("pain_points", "strategic_plan")),
    ("buy", "outside", "software", "acme", "GBP", 1250),
]


def client_of(every_days=9):
    """A client of whom everything is known."""
    client = ClientMeasures()
    for number, fact in enumerate(FACTS):
        for back in range(0, 300, every_days):
            client.add(DAY - back - number % 5, fact, 1)
    return client


def seen(client, day=DAY):
    own = client_inputs(client, COMPILED.policy, day)
    shared = fleet_context([own], COMPILED.policy, day, {})
    health = evaluate("finance", client, own, COMPILED, day, shared)
    return health, score_attributions(
        AttributionInputs(client.amounts, COMPILED, client.sums_at(COMPILED, day)), health
    )


@pytest.mark.parametrize("language", [EN, NL], ids=["en", "nl"])
def test_every_component_kind_role_and_criterion_of_any_client_has_words(language):
    health, found = seen(client_of())
    _, sparse = seen(ClientMeasures())
    for because in (*found.values(), *sparse.values()):
        assert language.scores[because.score.name]
        assert all(language.component(part.component) for part in because.score.parts)
        for row in because.rows:
            assert language.component(row.component)
            assert language.kinds[row.kind]
    for role in ROLES:
        assert language.roles[role]
    for asked in CRITERIA.values():
        assert all(language.components[name] for name, _ in asked)
    assert language.stages[health.maturity.stage - 1]


def test_insufficient_evidence_is_an_answer_that_says_what_is_missing():
    health, _ = seen(ClientMeasures())
    (line,) = describe_score(health.trust, EN)
    assert line.startswith(
        "Trust: not known yet. Missing data: tickets resolved within SLA, promises"
    )
    assert line.endswith("critical signals and survey answers.")
    (line,) = describe_score(health.trust, NL)
    assert line.startswith("Vertrouwen: nog onbekend. Ontbrekende gegevens: tickets binnen de")


def test_it_is_not_advised_to_raise_its_own_view_or_what_others_say():
    client = ClientMeasures()
    for viewpoint in ("own", "independent", "client"):
        client.add(DAY, ("survey.answered", viewpoint, (("trust", 2, 1, 5),), None), 9)
    client.add(DAY, ("signal", "options_open", "heard"), 9)
    client.add(DAY, ("promise", "broken"), 1)
    health, _ = seen(client)
    gap = health.perception
    for score in (gap.own, gap.independent, gap.score, health.divergence.score):
        assert "lever" not in " ".join(describe_score(score, EN))
    (line,) = [line for line in describe_score(health.trust, EN) if "lever" in line]
    assert "keep promises" in line


def test_a_fall_is_described_with_its_numbers_and_reasons_in_both_languages():
    client = ClientMeasures()
    client.add(DAY - 40, ("ticket.rated", 5, 1, 5), 8)
    client.add(DAY - 3, ("ticket.closed", "P1", False, "person", 0), 6)
    before, after = seen(client, DAY - 7)[1], seen(client)[1]
    shown_change = difference(before["trust"], after["trust"], DAY - 7, DAY)
    assert describe_change(shown_change, EN) == [
        "It fell from 91.2 to 43.6 since 27 Sept 2024.",
        "  -26.0: tickets resolved after the SLA deadline, 1 Oct 2024",
        "  -21.6: ticket ratings, older evidence counts for less",
    ]
    dutch = describe_change(shown_change, NL)
    assert dutch[0] == "Gedaald van 91,2 naar 43,6 sinds 27 sep 2024."
    assert len(dutch) == 3


def test_changes_too_small_to_show_are_added_up_or_left_out():
    rows = (
        PointsChange("closed", "ticket_met", DAY, 0, 500),
        *(PointsChange("rating", "ticket_rated", DAY - day, 0, 40) for day in range(4)),
    )
    shown_change = Difference("trust", DAY - 7, DAY, 100_000, 50_000, 50_660, rows, sufficient=True)
    assert describe_change(shown_change, EN)[1:] == [
        "  +0.5: tickets resolved within SLA, 4 Oct 2024",
        "  +0.2: other, smaller items",
    ]
    fewer = replace(shown_change, after=50_540, changes=rows[:2])
    assert len(describe_change(fewer, EN)) == 2


def test_no_change_is_described_as_unchanged():
    _, found = seen(client_of())
    assert describe_change(difference(found["trust"], found["trust"], DAY, DAY), EN) == [
        "Unchanged since 4 Oct 2024."
    ]


def test_the_way_to_the_next_stage_names_value_and_bound():
    health, _ = seen(client_of())
    lines = describe_maturity(health.maturity, EN)
    assert lines[0] == "Stage: IT supplier."
    assert "To become partner: " in lines[1]
    assert re.search(r"trust [\d.]+ → 65;", lines[1])
    assert lines[1].endswith("; then hold for 4 weeks.")
    assert describe_maturity(health.maturity, NL)[0] == "Fase: IT-leverancier."


def test_absent_roles_and_stale_facets_are_named():
    client = ClientMeasures()
    client.add(DAY - 2, ("touch", "workshop", ("it_team",), (), (), None), 9)
    client.add(DAY - 200, ("knowledge", "goals", "client"), 1)
    extras = describe_extras(seen(client)[0], EN)
    assert extras["participation"] == [
        "  Missing from the meetings: CIO, IT management and project managers."
    ]
    assert extras["knowledge"] == ["  What IT knows is out of date: goals."]


def test_purchases_are_described_with_their_suppliers():
    client = client_of(every_days=1)
    health, _ = seen(client)
    rows = purchase_rows(client.amounts, COMPILED.policy.purchases, DAY)
    lines = describe_purchases(health.purchases, rows, EN)
    counted = f"{health.purchases.observed} purchases outside IT in the 4 weeks to 29 Sept 2024; "
    assert lines[0].startswith(counted)
    assert lines[1] == "  1 x acme (software), 29 Sept 2024"
    assert lines[-1].endswith(": other, smaller items")


def test_purchases_of_a_new_client_are_counted_and_not_judged():
    client = ClientMeasures()
    client.add(DAY - 7, ("buy", "outside", "software", "acme", "EUR", 1250), 3)
    health, _ = seen(client)
    (line,) = describe_purchases(health.purchases, (), EN)
    assert line.startswith(
        "Purchases outside IT in the 4 weeks to 29 Sept 2024: 3; not known yet, "
    )
    assert line.endswith("because 1 week of this client's purchases is known and 8 are needed.")
    assert "nog onbekend" in describe_purchases(health.purchases, (), NL)[0]


def test_a_score_is_compared_with_its_past_its_peers_and_its_target():
    health, _ = seen(client_of())
    fleet = [replace(health, client=name) for name in "abcde"]
    policy = COMPILED.policy.compare
    earlier_scores = past_scores(health, None, (), COMPILED.policy)
    lines = describe_benchmark(
        "trust", benchmark(health, earlier_scores, PeerScores(fleet, policy), policy)["trust"], EN
    )
    assert re.fullmatch(r"  13 weeks ago it was \d+\.\d\.", lines[0])
    assert re.fullmatch(r"  1st of 5 clients \(median \d+\.\d\)\.", lines[1])
    assert "target (70)" in lines[2]


def test_the_stage_is_compared_with_its_peers_as_a_number_and_not_in_points():
    health, _ = seen(client_of())
    policy = COMPILED.policy.compare
    peers = PeerScores([replace(health, client=name) for name in "abcde"], policy)
    held = benchmark(health, past_scores(health, None, (), COMPILED.policy), peers, policy)[
        "maturity"
    ]
    index, rank_line = describe_benchmark("maturity", held, NL)
    number = NL.number(held.value, 2)
    assert index == f"  Fase-index {number} (1 leverancier, 2 partner, 3 meedenker)."
    assert rank_line == f"  1e van 5 klanten (mediaan {number})."


@pytest.mark.parametrize(
    ("weeks", "english", "dutch"),
    [
        (1, "last closed week", "laatste afgesloten week"),
        (8, "last 8 closed weeks", "laatste 8 afgesloten weken"),
    ],
)
def test_a_criterion_says_in_which_weeks_it_counts(weeks, english, dutch):
    criterion = Criterion("alert_weeks", 1, 0, at_most=True, met=False, weeks=weeks)
    assert criterion_label(criterion, EN) == f"{EN.components['alert_weeks']}, {english}"
    assert criterion_label(criterion, NL) == f"{NL.components['alert_weeks']}, {dutch}"
    assert criterion_label(replace(criterion, name="trust", weeks=None), EN) == "trust"


def moved(name, before, after, **others):
    """A change of a score between two values in hundredths, all of one component."""
    changes = (PointsChange("gap" if name == "maturity" else "own.survey", "older", None, 0, 0),)
    return Difference(name, DAY - 28, DAY, 100, before, after, changes, sufficient=True, **others)


def test_the_stage_has_one_scale_in_value_past_and_change():
    (line, *_) = describe_change(moved("maturity", 171, 157), EN)
    assert line == "It fell from 1.71 to 1.57 since 6 Sept 2024."
    (line, *_) = describe_change(moved("maturity", 157, 171), NL)
    assert line.startswith("Gestegen van 1,57 naar 1,71 sinds 6 sep")
    (line, *_) = describe_change(moved("perception", 12, -15), EN)
    assert line == "It fell from +12.0 to -15.0 since 6 Sept 2024."
    assert describe_value("maturity", 1.57, EN).startswith("Stage index 1.57 (")


def test_a_change_between_two_values_that_are_shown_alike_is_none():
    rows = (PointsChange("closed", "ticket_met", DAY, 0, 70),)
    change = Difference("trust", DAY - 7, DAY, 100_000, 63_860, 63_940, rows, sufficient=True)
    assert describe_change(change, EN) == ["Unchanged since 27 Sept 2024."]
    assert describe_change(change, NL) == ["Ongewijzigd sinds 27 sep 2024."]
    told = describe_change(replace(change, after=63_960), EN)
    assert told[0] == "It rose from 63.9 to 64.0 since 27 Sept 2024."


def test_a_stage_that_is_lost_is_the_cause_and_no_start_without_evidence():
    rows = (PointsChange("base", "base", None, 200, 100),)
    change = Difference("maturity", DAY - 7, DAY, 100, 200, 100, rows, sufficient=True)
    assert describe_change(change, EN)[1:] == ["  -1.00: the stage"]
    assert describe_change(change, NL)[1:] == ["  -1,00: de fase"]


def attributed(name, value):
    score = Score(
        name=name,
        denominator=100_000,
        baseline=value,
        parts=(),
        confidence=1.0,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel.STRONG),
    )
    return ScoreAttribution(score, (PointsRow("base", "base", None, value),), 5)


def announced_change(name, before, now):
    earlier = announced_score(attributed(name, before), "x", DAY - 7, "p")
    after = attributed(name, now)
    return change_reason(earlier, after, change_attribution(earlier, after, "p")).en


def test_an_announcement_says_no_move_between_like_values_and_names_the_stage():
    assert announced_change("trust", 63_860, 63_940) == "Trust. Unchanged since 27 Sept 2024."
    lost = announced_change("maturity", 200_000, 100_000)
    assert lost.endswith(" It fell from 2.00 to 1.00 since 27 Sept 2024. -1.00: the stage.")


def test_a_score_of_nothing_has_no_start_without_evidence_as_its_reason():
    zero = attributed("divergence", 0)
    reason = change_reason(None, zero, change_attribution(None, zero, "p"))
    assert reason.en.endswith(": 0.0 of 100.")


def test_the_perception_gap_is_a_difference_and_its_place_counts_from_the_lowest():
    assert describe_value("perception", 0.369, EN) == (
        "Perception gap: +36.9 points, on a scale from -100 to +100."
    )
    assert describe_value("perception", -0.369, NL).endswith(
        " -36,9 punten, op een schaal van -100 tot +100."
    )
    assert describe_value("trust", 0.369, EN) == "Trust: 36.9 of 100."
    benchmark = Benchmark(0.369, (), Rank(13, 14, 0.348), None, 0.0, 0.0)
    for name, sentence in (
        ("perception", "13th of 14 clients, the lowest first (median +34.8)."),
        ("divergence", "13th of 14 clients, the lowest first (median 34.8)."),
        ("trust", "13th of 14 clients (median 34.8)."),
    ):
        assert describe_benchmark(name, benchmark, EN) == [f"  {sentence}"]


def test_a_change_that_is_all_combined_says_of_which_components():
    combined = ("client.closed", "own.survey")
    change = moved("perception", 37, 34, combined=combined, minimum_people=5)
    (note,) = describe_combined(change, EN)
    assert describe_change(change, EN)[-1] == f"  {note}"
    assert all(EN.component(name) in note for name in combined)
    assert "5" in note
    assert describe_combined(moved("perception", 37, 34), EN) == []


def test_a_divergence_shows_both_signs_with_their_own_strength():
    client = ClientMeasures()
    client.add(DAY - 5, ("ticket.closed", "P1", True, "person", 0), 9)
    client.add(DAY - 5, ("ticket.closed", "P1", False, "person", 0), 1)
    for weeks in range(2, 60, 8):
        client.add(DAY - 7 * weeks, ("buy", "outside", "software", "acme", "EUR", 1250), 1)
    client.add(DAY - 7, ("buy", "outside", "software", "acme", "EUR", 1250), 30)
    health, _ = seen(client)
    lines = describe_score(health.divergence.score, EN)
    assert ": 90.0 of 100." in lines[0]
    assert {line.strip() for line in lines[1:3]} == {
        "tickets resolved within SLA: 90.0 of 100",
        "rising purchases outside IT: 100.0 of 100",
    }


@pytest.mark.parametrize("source", ["heard", "text"])
def test_a_signal_says_whether_it_was_told_or_found_in_a_text(source):
    client = ClientMeasures()
    client.add(DAY - 5, ("signal", "options_open", source), 3)
    client.add(DAY - 5, ("promise", "kept"), 9)
    _, found = seen(client)
    kinds = {EN.kinds[row.kind] for row in found["trust"].rows if row.component == "signal"}
    start = {"heard": "heard in a talk: ", "text": "found in a text: "}[source]
    assert len(kinds) == 1
    assert kinds.pop().startswith(start)
    assert "text" not in EN.components["signal"]
