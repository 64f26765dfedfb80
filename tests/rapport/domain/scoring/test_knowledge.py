"""Client knowledge: the worked numbers of the domain (section 1.4)."""

from pathlib import Path

import pytest

from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.knowledge import knowledge, knowledge_mark, newest

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000


def knowledge_of(observations):
    client = ClientMeasures()
    for facet, source, age_days in observations:
        client.add(DAY - age_days, ("knowledge", facet, source), 1)
    return knowledge(client.sums_at(COMPILED, DAY), COMPILED.knowledge)


def facet(found, name):
    return next(facet for facet in found.facets if facet.name == name)


def test_knowledge_of_the_worked_example():
    found = knowledge_of(
        [
            ("strategic_plan", "client", 100),
            ("goals", "client", 360),
            ("business_strategy", "inferred", 365),
            ("pain_points", "client", 45),
        ]
    )
    assert found.score.shown == pytest.approx(0.6, abs=1e-9)
    assert found.stale == ("goals",)
    assert found.score.missing == ("mission",)
    assert facet(found, "goals").worth == 0.5
    assert facet(found, "business_strategy").source == "inferred"


def test_the_newest_word_counts_even_where_it_is_worth_less():
    found = knowledge_of([("goals", "client", 30), ("goals", "inferred", 10)])
    assert facet(found, "goals").worth == 0.5
    assert facet(found, "goals").observed_day == DAY - 10


def test_of_one_day_the_client_s_own_word_counts():
    found = knowledge_of([("goals", "inferred", 10), ("goals", "client", 10)])
    assert facet(found, "goals").source == "client"


def test_a_facet_is_fresh_until_its_last_valid_day():
    assert knowledge_of([("pain_points", "client", 90)]).stale == ()
    assert knowledge_of([("pain_points", "client", 91)]).stale == ("pain_points",)


def test_what_was_taken_back_is_unknown_again():
    client = ClientMeasures()
    client.add(DAY - 50, ("knowledge", "goals", "inferred"), 1)
    client.sums_at(COMPILED, DAY)
    client.add(DAY - 5, ("knowledge", "goals", "client"), 1)
    client.add(DAY - 5, ("knowledge", "goals", "client"), -1)
    found = knowledge(client.sums_at(COMPILED, DAY), COMPILED.knowledge)
    assert facet(found, "goals").observed_day == DAY - 50


@pytest.mark.parametrize(
    ("name", "valid_days"),
    [
        ("business_strategy", 365),
        ("goals", 180),
        ("mission", 730),
        ("pain_points", 90),
        ("strategic_plan", 365),
    ],
)
@pytest.mark.parametrize(("source", "whole"), [("client", 1.0), ("inferred", 0.5)])
@pytest.mark.parametrize(("times", "left"), [(0, 1), (1, 1), (2, 0.5), (3, 0.25)])
def test_a_facet_halves_with_every_validity_after_the_first(
    name, valid_days, source, whole, times, left
):
    found = knowledge_of([(name, source, times * valid_days)])
    one = facet(found, name)
    assert one.worth == whole * left
    assert (one.source, one.observed_day) == (source, DAY - times * valid_days)
    assert (one.valid_days, one.stale) == (valid_days, times > 1)
    assert float(found.score.value) == pytest.approx(0.2 * whole * left)
    assert found.score.confidence == pytest.approx(0.2)
    assert len(found.score.missing) == 4
    assert {found.score.ratio(part.possible) for part in found.score.parts} == {0.2}


def test_the_worth_of_a_facet_between_two_validities_is_a_whole_number_of_units():
    found = knowledge_of([("goals", "inferred", 205)])
    assert float(found.score.value) == pytest.approx(0.2 * 0.5 * 2 ** (-25 / 180))
    assert all(type(part.points) is int for part in found.score.parts)


def test_without_facets_there_is_no_number():
    found = knowledge_of([])
    assert (found.score.shown, found.score.confidence, found.score.value) == (None, 0, 0)
    assert found.score.missing == (
        "business_strategy",
        "goals",
        "mission",
        "pain_points",
        "strategic_plan",
    )
    assert {(one.source, one.observed_day, one.worth, one.stale) for one in found.facets} == {
        (None, None, 0, False)
    }


def test_a_facet_of_the_first_day_of_1970_is_known():
    sums = DecayedSums(0, {}, {"knowledge|goals|inferred": 0})
    assert newest(sums, "goals") == ("inferred", 0)
    assert newest(sums, "mission") == (None, -1)


@pytest.mark.parametrize(
    ("measure", "mark"),
    [("knowledge|goals|client", "knowledge|goals|client"), ("knowledge", None), ("touch|x", None)],
)
def test_the_mark_of_a_learned_facet_is_its_measure(measure, mark):
    assert knowledge_mark(measure) == mark


@pytest.mark.parametrize(
    ("count", "level"), [(0, "none"), (1, "none"), (2, "thin"), (3, "fair"), (4, "strong")]
)
def test_the_level_of_evidence_is_the_share_of_facets_that_are_known(count, level):
    facets = ("goals", "mission", "pain_points", "strategic_plan")[:count]
    score = knowledge_of([(name, "client", 3) for name in facets]).score
    assert score.evidence.level.key == level
    assert (score.shown is None) is (level == "none")


@pytest.mark.parametrize(("age", "mostly_old"), [(90, False), (91, True)])
def test_the_age_of_knowledge_is_that_of_the_facets_by_their_points(age, mostly_old):
    facets = [("goals", "client", age), ("mission", "client", age), ("pain_points", "inferred", 4)]
    evidence = knowledge_of(facets).score.evidence
    assert (evidence.newest_days, evidence.mostly_old) == (4, mostly_old)
    assert evidence.old_ratio == (pytest.approx(0.8) if mostly_old else 0)
