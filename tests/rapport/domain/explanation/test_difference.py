"""Attribution: every point has its events, and the rows of a change add up to the last unit."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.explanation.apportionment import (
    BASE,
    EvidenceItem,
    PointsRow,
    apportion,
    event_kind,
)
from rapport.domain.explanation.attribution import (
    AttributionInputs,
    ScoreAttribution,
    score_attributions,
)
from rapport.domain.explanation.difference import OLDER, difference
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.purchase_rows import purchase_rows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.score import Part, Score
from rapport_schemas.health import REST

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
FACTS = [
    ("ticket.opened", "incident", "P3"),
    ("ticket.opened", "request", "P4"),
    ("ticket.closed", "P1", True, "person", 0),
    ("ticket.closed", "P3", False, "auto", 5),
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 7),
    ("survey.invited",),
    ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
    ("survey.answered", "own", (("trust", 5, 1, 5),), None),
    ("survey.answered", "independent", (("trust", 2, 1, 5),), None),
    ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True),
    ("touch", "roadmap_talk", ("it_team", "it_management"), (), (), False),
    ("promise", "kept"),
    ("promise", "broken"),
    ("proposal", "it", "accepted"),
    ("signal", "external_supplier", "heard"),
    ("knowledge", "goals", "client"),
    ("knowledge", "mission", "inferred"),
    ("buy", "outside", "software", "acme", "GBP", 1250),
    ("buy", "outside", "cloud-hosting", "globex", "GBP", 90),
]
EVENTS = st.lists(
    st.tuples(st.integers(DAY - 300, DAY), st.sampled_from(FACTS), st.integers(1, 9)), max_size=40
)
NAMES = [
    "participation",
    "divergence",
    "engagement",
    "knowledge",
    "maturity",
    "perception",
    "trust",
    "trust.independent",
    "trust.own",
]


def client_of(events):
    client = ClientMeasures()
    for day, fact, times in events:
        client.add(day, fact, times)
    return client


def explained(client, day):
    own = client_inputs(client, COMPILED.policy, day)
    shared = fleet_context([own], COMPILED.policy, day, {})
    health = evaluate("a", client, own, COMPILED, day, shared)
    return score_attributions(
        AttributionInputs(client.amounts, COMPILED, client.sums_at(COMPILED, day)), health
    ), health


@given(EVENTS, st.integers(0, 120))
@settings(deadline=None, max_examples=60)
def test_the_rows_of_every_score_add_up_to_it_and_to_each_of_its_parts(events, days_ago):
    found, health = explained(client_of(events), DAY - days_ago)
    assert sorted(found) == sorted(NAMES)
    for score in health.scores:
        rows = found[score.name].rows
        assert sum(row.points for row in rows) == score.numerator
        for part in score.parts:
            mine = sum(row.points for row in rows if row.component == part.component)
            assert mine == part.points
        assert all(row.day is None or row.day <= DAY - days_ago for row in rows)


@given(EVENTS, st.integers(0, 60), st.integers(0, 6))
@settings(deadline=None, max_examples=60)
def test_the_changes_between_two_days_add_up_to_the_change_of_the_score(events, days, count):
    client = client_of(events)
    before, _ = explained(client, DAY - days)
    after, _ = explained(client, DAY)
    for name in NAMES:
        change_shown = difference(before[name], after[name], DAY - days, DAY)
        change = after[name].score.value - before[name].score.value
        assert Fraction(change_shown.points, change_shown.denominator) == change
        assert sum(c.points for c in change_shown.changes) == change_shown.points
        shown = change_shown.top(count)
        assert len(shown) <= count + 1
        assert sum(c.points for c in shown) == change_shown.points


@given(
    st.integers(-(10**30), 10**30),
    st.lists(
        st.builds(EvidenceItem, st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 10**20))
    ),
)
def test_points_are_shared_out_to_the_last_unit_and_never_more_than_one_off(points, items):
    rows = apportion("x", points, items)
    assert sum(row.points for row in rows) == points
    weights = {}
    for kind, day, weight, _ in items:
        weights[kind, day] = weights.get((kind, day), 0) + weight
    total = sum(weights.values())
    if total:
        for row in rows:
            assert abs(row.points * total - points * weights[row.kind, row.day]) < total


def test_the_order_of_evidence_does_not_move_a_unit():
    items = [EvidenceItem(kind, day, 1) for kind in "ab" for day in (1, 2, 3)]
    assert apportion("x", 100, items) == apportion("x", 100, reversed(items))


def test_new_evidence_is_listed_by_day_and_earlier_evidence_as_older():
    events = [(DAY - 100, ("ticket.rated", 5, 1, 5), 6)]
    late = [(DAY - 3, ("ticket.closed", "P1", False, "person", 0), 4)]
    before, _ = explained(client_of([*events, *late]), DAY - 10)
    after, _ = explained(client_of([*events, *late]), DAY)
    change_shown = difference(before["trust"], after["trust"], DAY - 10, DAY)
    assert [(c.component, c.kind, c.day) for c in change_shown.changes] == [
        ("closed", "ticket_missed", DAY - 3),
        ("rating", OLDER, None),
    ]
    assert all(change.points < 0 for change in change_shown.changes)


def test_changes_that_are_not_listed_are_one_more_row():
    events = [(DAY - n, fact, 1) for n, fact in enumerate(FACTS)]
    before, _ = explained(client_of(events), DAY - 30)
    after, _ = explained(client_of(events), DAY)
    change_shown = difference(before["engagement"], after["engagement"], DAY - 30, DAY)
    *_, last = change_shown.top(2)
    assert (last.component, last.kind) == (REST, REST)
    assert last.points == change_shown.points - sum(c.points for c in change_shown.changes[:2])


@given(EVENTS)
@settings(deadline=None, max_examples=60)
def test_the_purchases_listed_are_the_purchases_observed(events):
    client = client_of(events)
    _, health = explained(client, DAY)
    rows = purchase_rows(client.amounts, COMPILED.policy.purchases, DAY)
    assert sum(row.times for row in rows) == health.purchases.observed


def test_purchases_are_listed_by_supplier_category_and_day_the_newest_first():
    days = ((DAY - 9, FACTS[-1], 2), (DAY - 5, FACTS[-2], 1), (DAY - 60, FACTS[-1], 5))
    running = (DAY - 4, FACTS[-1], 7)
    client = client_of([*days, running])
    assert purchase_rows(client.amounts, COMPILED.policy.purchases, DAY) == (
        ("acme", "software", DAY - 5, 1),
        ("globex", "cloud-hosting", DAY - 9, 2),
    )


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        ("ticket.closed|P3|met|person", "ticket_met"),
        ("ticket.opened|incident|P3", "incident"),
        ("touch|roadmap_talk", "roadmap_talk"),
        ("touch.message|cio|missing", "message_missing"),
        ("signal|options_open|text", "signal_options_open_text"),
        ("signal|options_open|heard", "signal_options_open"),
        ("knowledge|goals|inferred", "facet_inferred"),
        ("answer|client|trust|3|1|5", "answer"),
        ("promise|broken", "promise_broken"),
        ("survey.invited", "survey_invited"),
    ],
)
def test_a_measure_has_the_kind_of_event_that_it_counts(measure, kind):
    assert event_kind(measure) == kind


def test_without_any_evidence_all_is_base():
    found, _ = explained(ClientMeasures(), DAY)
    assert [row.kind for row in found["trust"].rows] == [BASE]
    assert {row.kind for row in found["engagement"].rows} == {BASE}


def reasons_of(denominator, *rows, sufficient=True):
    parts = (Part("all", sum(row.points for row in rows), denominator),)
    score = Score(
        name="made",
        denominator=denominator,
        baseline=0,
        parts=parts,
        confidence=1.0,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel(3 * sufficient)),
    )
    return ScoreAttribution(score, rows, 5)


def changes_between(before, after):
    change_shown = difference(before, after, DAY - 7, DAY)
    return [tuple(change) for change in change_shown.changes]


def test_a_difference_has_one_denominator_and_the_largest_change_first():
    before = reasons_of(4, PointsRow("x", "a", DAY - 7, 1, 1), PointsRow("y", "a", None, 1, 1))
    after = reasons_of(
        6,
        PointsRow("x", "a", DAY - 7, 1, 1),
        PointsRow("x", "a", DAY - 6, 2, 1),
        PointsRow("y", "a", None, 1, 1),
        PointsRow("x", "b", DAY, 2, 1),
    )
    change_shown = difference(before, after, DAY - 7, DAY)
    assert [tuple(change) for change in change_shown.changes] == [
        ("x", "a", DAY - 6, 0, 4),
        ("x", "b", DAY, 0, 4),
        ("x", "older", None, 3, 2),
        ("y", "a", None, 3, 2),
    ]
    assert (change_shown.name, change_shown.since, change_shown.day) == ("made", DAY - 7, DAY)
    assert (
        change_shown.denominator,
        change_shown.before,
        change_shown.after,
        change_shown.points,
    ) == (12, 6, 12, 6)
    numbers = [
        change_shown.before,
        change_shown.after,
        *(n for change in change_shown.changes for n in change[3:]),
    ]
    assert {type(number) for number in numbers} == {int}
    assert change_shown.ratio(3) == 0.25
    assert change_shown.top(4) == change_shown.changes
    assert change_shown.top(1) == (change_shown.changes[0], (REST, REST, None, 6, 8))
    assert (change_shown.changes[2].points, REST, OLDER) == (-1, "rest", "older")


def test_equal_changes_go_by_component_kind_and_day():
    rows = [
        PointsRow("y", "a", DAY, 1),
        PointsRow("x", "b", DAY, 1),
        PointsRow("x", "a", DAY, -1),
    ]
    rows += [PointsRow("x", "a", DAY - 1, 1), PointsRow("x", "a", None, 1)]
    change_shown = changes_between(reasons_of(1), reasons_of(1, *rows))
    assert [change[:3] for change in change_shown] == [
        ("x", "a", None),
        ("x", "a", DAY - 1),
        ("x", "a", DAY),
        ("x", "b", DAY),
        ("y", "a", DAY),
    ]


@pytest.mark.parametrize(
    ("before", "after", "sufficient"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_a_difference_is_sufficient_when_both_moments_are(before, after, sufficient):
    change_shown = difference(
        reasons_of(1, sufficient=before), reasons_of(1, sufficient=after), DAY - 7, DAY
    )
    assert change_shown.sufficient is sufficient


def test_answers_of_a_day_that_both_snapshots_have_lose_their_day():
    old = PointsRow("survey", "answer", DAY - 7, 9, 6)
    before, faded = reasons_of(1, old), old._replace(points=5)
    assert changes_between(before, reasons_of(1, faded)) == [("survey", "older", None, 9, 5)]
    new = PointsRow("survey", "answer", DAY - 6, 20, 8)
    assert changes_between(before, reasons_of(1, faded, new)) == [
        ("survey", "answer", DAY - 6, 0, 20),
        ("survey", "answer", None, 9, 5),
    ]


WEEKLY = [
    (DAY - days, ("touch", "workshop", ("cio", "it_team"), (), ("goals",), None), 1)
    for days in range(0, 300, 7)
]


def test_a_silence_is_one_row_with_the_day_of_the_last_touchpoint():
    found, _ = explained(client_of(WEEKLY), DAY + 90)
    lost = [row for row in found["engagement"].rows if row.component == "silence"]
    assert [(row.kind, row.day, row.events) for row in lost] == [("silence", DAY, 0)]
    others = sum(row.points for row in found["engagement"].rows) - lost[0].points
    assert lost[0].points == -(others // 2)


def test_a_longer_silence_is_a_change_by_itself_and_no_older_evidence():
    client = client_of(WEEKLY)
    before, _ = explained(client, DAY + 60)
    after, _ = explained(client, DAY + 90)
    change = difference(before["engagement"], after["engagement"], DAY + 60, DAY + 90)
    silent = [row for row in change.changes if row.component == "silence"]
    assert [(row.kind, row.day) for row in silent] == [("silence", DAY)]
    assert silent[0].points < 0


def test_a_touchpoint_gives_back_what_the_silence_cost():
    client = client_of(WEEKLY)
    before, _ = explained(client, DAY + 89)
    lost = next(row for row in before["engagement"].rows if row.component == "silence")
    client.add(DAY + 90, ("touch", "workshop", ("cio",), (), (), None), 1)
    after, _ = explained(client, DAY + 90)
    change = difference(before["engagement"], after["engagement"], DAY + 89, DAY + 90)
    back = next(row for row in change.changes if row.component == "silence")
    scale = change.denominator // before["engagement"].score.denominator
    assert (back.day, back.points) == (DAY, -lost.points * scale)


def test_a_change_that_suppression_combined_says_which_components_it_combined():
    answered = ("survey.answered", "client", (("trust", 5, 1, 5),), None)
    client = client_of([(DAY - 60, answered, 9), (DAY - 60, ("promise", "kept"), 3)])
    before, _ = explained(client, DAY - 28)
    client.add(DAY - 1, answered, 1)
    after, _ = explained(client, DAY)
    change = difference(before["trust"], after["trust"], DAY - 28, DAY)
    assert (change.combined, change.minimum_people) == (("promise", "survey"), 5)
    assert {row.component for row in change.changes} == {"combined"}
    later, _ = explained(client, DAY + 1)
    assert difference(after["trust"], later["trust"], DAY, DAY + 1).combined == ()
