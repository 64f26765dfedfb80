"""Each score beside its own past, its peers and its target."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from rapport.domain.calendar import last_day_of
from rapport.domain.comparison.benchmark import PeerScores, benchmark, gap_of
from rapport.domain.comparison.past_scores import past_scores
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.score import Part, Score

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
COMPARE = COMPILED.policy.compare
DAY = 20_000


def health(name, score, answers=9, contacts=0, day=DAY):
    """A client whose trust follows from equal answers on a scale of 1 to 5."""
    client = ClientMeasures()
    client.add(DAY - 20, ("survey.answered", "client", (("trust", score, 1, 5),), None), answers)
    client.add(DAY, ("ticket.opened", "request", "P3"), contacts)
    own = client_inputs(client, COMPILED.policy, day)
    return evaluate(
        name, client, own, COMPILED, day, fleet_context([own], COMPILED.policy, day, {})
    )


FLEET = [health(name, score) for name, score in zip("abcdef", (5, 4, 4, 3, 2, 1), strict=True)]


def of(one, fleet=FLEET):
    earlier_scores = past_scores(one, None, (), COMPILED.policy)
    return benchmark(one, earlier_scores, PeerScores(fleet, COMPARE), COMPARE)["trust"]


def test_a_rank_among_peers_counts_the_better_ones_and_equals_share_it():
    assert [of(one).peers.rank for one in FLEET] == [1, 2, 2, 4, 5, 6]
    assert of(FLEET[0]).peers.clients == 6
    middle = (FLEET[2].trust.shown + FLEET[3].trust.shown) / 2
    assert of(FLEET[0]).peers.median == pytest.approx(middle)


def test_of_a_gap_and_a_contradiction_less_is_better():
    peers = PeerScores([], COMPARE)
    peers._sorted = {"perception": [0.0, 0.1, 0.2, 0.3, 0.4], "trust": [0.0, 0.1, 0.2, 0.3, 0.4]}
    peers._medians = {"perception": 0.2, "trust": 0.2}
    assert peers.rank("perception", 0.1).rank == 2
    assert peers.rank("trust", 0.1).rank == 4


def test_too_few_clients_or_no_number_gives_no_rank():
    assert of(FLEET[0], FLEET[:4]).peers is None
    unknown = health("x", 3, answers=0)
    found = of(unknown)
    assert (found.value, found.peers, found.gap, found.impact) == (None, None, 0.0, 0.0)


def test_the_own_past_is_what_was_shown_at_the_end_of_each_closed_week():
    found = of(health("a", 5))
    assert len(found.past) == COMPARE.past_weeks
    newest_closed = (DAY + 3) // 7 - 1
    assert found.past[-1] == health("a", 5, day=last_day_of(newest_closed)).trust.shown
    assert found.past[0] is None


def test_impact_is_volume_times_the_gap_to_the_target():
    found = of(health("a", 2, contacts=30))
    assert found.gap == pytest.approx(0.70 - found.value)
    assert found.impact == pytest.approx(30 * found.gap)
    assert of(health("a", 5, contacts=30)).impact == 0


def score(name, points, *, sufficient=True, of=(("x", 100),)):
    """A score of so many hundredths, all of its first component."""
    parts = tuple(Part(part, points * (not at), possible) for at, (part, possible) in enumerate(of))
    return Score(
        name=name,
        denominator=100,
        baseline=0,
        parts=parts,
        confidence=1.0,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel(3 * sufficient)),
    )


@pytest.mark.parametrize(
    ("name", "target"),
    [("trust", 70), ("engagement", 55), ("knowledge", 70), ("participation", 60)],
)
def test_the_gap_is_how_far_a_score_with_a_target_is_below_it(name, target):
    assert gap_of(score(name, target - 25), COMPARE) == pytest.approx(0.25)
    assert gap_of(score(name, target), COMPARE) == 0
    assert gap_of(score(name, target + 5), COMPARE) == 0
    assert gap_of(score(name, 0, sufficient=False), COMPARE) == 0


@pytest.mark.parametrize("name", ["perception", "divergence", "maturity", "trust.own"])
def test_a_score_without_a_target_has_no_gap(name):
    assert gap_of(score(name, -90), COMPARE) == 0
    found = benchmark(
        FLEET[0], past_scores(FLEET[0], None, (), COMPILED.policy), PeerScores([], COMPARE), COMPARE
    )
    assert (found[name].target, found[name].gap, found[name].impact) == (None, 0, 0)


@pytest.mark.parametrize(
    ("name", "rank"),
    [("divergence", 2), ("perception", 2), ("trust", 4), ("engagement", 4), ("maturity", 4)],
)
@pytest.mark.parametrize(("clients", "given"), [(4, False), (5, True)])
def test_a_rank_is_given_among_five_known_scores(name, rank, clients, given):
    scores = [*(score(name, 10 * at) for at in range(clients)), score(name, 90, sufficient=False)]
    peers = PeerScores([SimpleNamespace(scores=(one,)) for one in scores], COMPARE)
    assert peers.rank(name, 0.1) == ((rank, 5, 0.2) if given else None)
    assert peers.rank(name, None) is None


def test_what_a_score_is_beside_passes_through():
    one = health("a", 2, contacts=30)
    found = benchmark(
        one, past_scores(one, None, (), COMPILED.policy), PeerScores(FLEET, COMPARE), COMPARE
    )
    assert sorted(found) == sorted(score.name for score in one.scores)
    targets = {name: held.target for name, held in found.items() if held.target is not None}
    assert targets == {"trust": 0.7, "engagement": 0.55, "knowledge": 0.7, "participation": 0.6}
    assert [held.value for held in found.values()] == [score.shown for score in one.scores]
