"""What must hold for every score of every client, whatever its events were."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.engagement import engagement
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.knowledge import knowledge
from rapport.domain.scoring.participation import participation
from rapport.domain.scoring.perception import perception
from rapport.domain.scoring.trust import trust

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000


def gap(sums):
    views = [trust(sums, COMPILED.trust, v) for v in ("own", "client", "independent")]
    return perception(*views, COMPILED.policy.perception)


SCORES = {
    "trust": lambda sums: trust(sums, COMPILED.trust),
    "trust.own": lambda sums: trust(sums, COMPILED.trust, "own"),
    "trust.independent": lambda sums: trust(sums, COMPILED.trust, "independent"),
    "engagement": lambda sums: engagement(sums, COMPILED.engagement),
    "perception": lambda sums: gap(sums).score,
    "knowledge": lambda sums: knowledge(sums, COMPILED.knowledge).score,
    "participation": lambda sums: participation(sums, COMPILED.participation).score,
}
BOUNDS = dict.fromkeys(SCORES, (0, 1)) | {"perception": (-1, 1)}
ALL_BOUNDS = {
    "trust": (0, 1),
    "trust.own": (0, 1),
    "trust.independent": (0, 1),
    "engagement": (0, 1),
    "perception": (-1, 1),
    "knowledge": (0, 1),
    "participation": (0, 1),
    "maturity": (1, 3),
    "divergence": (0, 1),
}
KEYS = st.sampled_from(
    [
        "ticket.closed|P1|missed|person",
        "ticket.closed|P4|met|auto",
        "ticket.rated|2|1|5",
        "ticket.reopened",
        "ticket.reassigned|4",
        "ticket.opened|incident|P3",
        "answer|client|trust|4|1|5",
        "answer|own|trust|5|1|5",
        "answer|independent|relationship|2|1|5",
        "signal|external_supplier|text",
        "touch|workshop",
        "touch.role|workshop|cio",
        "touch.role|roadmap_talk|it_management",
        "touch.strategic",
        "touch.message|cio|carried",
        "touch.message|it_team|missing",
        "touch.team|crm",
        "message|missing",
        "message|carried",
        "survey.invited",
        "survey.answered",
        "promise|broken",
        "proposal|it|accepted",
        "knowledge|goals|client",
        "knowledge|mission|inferred",
        "buy.count|outside|software",
    ]
)
LEDGERS = st.dictionaries(
    KEYS, st.dictionaries(st.integers(DAY - 800, DAY), st.integers(1, 30), min_size=1), max_size=12
)


@pytest.mark.parametrize("name", SCORES)
@given(LEDGERS)
@settings(deadline=None, max_examples=60)
def test_a_score_is_the_sum_of_its_parts_and_keeps_its_bounds(name, measures):
    score = SCORES[name](ClientMeasures(measures).sums_at(COMPILED, DAY))
    assert score.name == name
    assert_lawful(score, *BOUNDS[name])


def assert_lawful(score, low, high):
    points = [Fraction(part.points, score.denominator) for part in score.parts]
    assert sum(points, Fraction(score.baseline, score.denominator)) == score.value
    assert low <= score.value <= high
    assert 0 <= score.confidence <= 1
    assert all(part.points <= part.possible for part in score.parts)
    assert list(score.parts) == sorted(score.parts)
    assert (score.shown is None) == (not score.sufficient)


@pytest.mark.parametrize("name", SCORES)
def test_of_nothing_a_score_names_what_is_missing_and_shows_no_number(name):
    score = SCORES[name](ClientMeasures().sums_at(COMPILED, DAY))
    assert score.missing
    assert score.shown is None
    assert score.confidence == 0


@given(LEDGERS)
@settings(deadline=None, max_examples=60)
def test_of_a_whole_client_every_score_is_the_sum_of_its_parts_within_its_bounds(measures):
    found = health(measures)
    assert sorted(score.name for score in found.scores) == sorted(ALL_BOUNDS)
    for score in found.scores:
        assert_lawful(score, *ALL_BOUNDS[score.name])


@given(LEDGERS)
@settings(deadline=None, max_examples=60)
def test_the_order_of_the_ledger_does_not_show(measures):
    turned = {key: dict(reversed(days.items())) for key, days in reversed(measures.items())}
    assert health(measures) == health(turned)


EVENTS = st.lists(
    st.tuples(
        st.integers(DAY - 500, DAY),
        st.sampled_from(
            [
                ("ticket.opened", "request", "P3"),
                ("ticket.closed", "P1", True, "person", 0),
                ("ticket.rated", 4, 1, 5),
                ("survey.answered", "own", (("trust", 5, 1, 5),), None),
                ("survey.answered", "client", (("trust", 4, 1, 5),), 9),
                ("touch", "roadmap_talk", ("cio", "it_team"), ("crm",), ("goals",), True),
                ("knowledge", "goals", "client"),
                ("proposal", "it", "accepted"),
                ("buy", "outside", "software", "acme", "GBP", 1250),
            ]
        ),
        st.sampled_from([1, 2, 5]),
        st.booleans(),
    ),
    max_size=30,
)


@given(EVENTS, st.lists(st.integers(0, 29), max_size=4))
@settings(deadline=None, max_examples=60)
def test_an_evaluation_in_between_does_not_change_the_last_one(events, evaluations):
    watched, unwatched = ClientMeasures(), ClientMeasures()
    for number, (day, fact, times, _) in enumerate(events):
        watched.add(day, fact, times)
        if number in evaluations:
            of(watched)
            of(watched, DAY + 7)
    for day, fact, times, cancelled in sorted(events, key=repr):
        if cancelled:
            watched.add(day, fact, -times)
        else:
            unwatched.add(day, fact, times)
    assert of(watched) == of(unwatched)
    assert of(watched, DAY + 7) == of(unwatched, DAY + 7)
    assert of(watched, DAY - 40) == of(unwatched, DAY - 40)


def health(measures):
    return of(ClientMeasures(measures))


def of(client, day=DAY):
    own = client_inputs(client, COMPILED.policy, day)
    shared = fleet_context([own], COMPILED.policy, day, {})
    return evaluate("a", client, own, COMPILED, day, shared)
