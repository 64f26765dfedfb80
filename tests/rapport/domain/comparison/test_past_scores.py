"""What maturity, divergence and the views of trust were at closed weeks: numbers made by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.comparison.past_scores import past_scores
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baseline, fleet_baselines
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.windows import Windows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
WEEK = week_of(DAY)
PEOPLE = 9
TRUSTS = ("survey.answered", "client", (("trust", 5, 1, 5),), None)
IN_TIME, LATE = (("ticket.closed", "P1", kept, "person", 0) for kept in (True, False))
BOUGHT = ("buy", "outside", "software", "acme", "EUR", 100)
SANCTIONED = ("buy", "sanctioned", "software", "acme", "EUR", 100)


def sunday(weeks_ago):
    return last_day_of(WEEK - weeks_ago)


def client_of(*events):
    client = ClientMeasures()
    for day, fact, times in events:
        client.add(day, fact, times)
    return client


def past_of(client, others=(), compiled=COMPILED, day=DAY, more_weeks=0):
    own = [client_inputs(one, compiled.policy, day) for one in (client, *others)]
    week, weekly = week_of(day), [one.purchases.weekly for one in own]
    weeks = range(week - compiled.policy.compare.past_weeks - more_weeks, week + more_weeks)
    closed = fleet_baselines(weekly, weeks, compiled.policy.purchases)
    shared = fleet_context(own, compiled.policy, day, {})
    health = evaluate("finance", client, own[0], compiled, day, shared)
    return past_scores(health, own[0].purchases, closed, compiled.policy)


def test_tickets_were_green_while_purchases_rose_as_long_as_the_burst_was_in_the_window():
    bought = [(sunday(week), BOUGHT, 1) for week in range(20, 100, 10)]
    client = client_of(
        (sunday(15), IN_TIME, 9), (sunday(15), LATE, 1), *bought, (sunday(8), BOUGHT, 40)
    )
    # Nine tenths are in time. Forty purchases are rarer than any alert, so the rise is whole:
    # 0.9 + 1 - 1 in the four weeks after it; else 0.9 + 0 - 1 is no divergence.
    burst = pytest.approx(0.9)
    assert past_of(client)["divergence"] == [0, 0, 0, 0, 0, 0, *[burst] * 4, 0, 0, 0]


def test_before_there_were_purchases_no_rise_was_known():
    client = client_of((sunday(15), IN_TIME, 9), (sunday(12), SANCTIONED, 1))
    assert past_of(client)["divergence"] == [None] * 9 + [0] * 4


def test_trust_was_high_without_answers_until_too_few_invitations_were_left():
    kept = ("promise", "kept")
    client = client_of((sunday(13), kept, 9), (sunday(13), ("survey.invited",), 6))
    found = past_of(client)["divergence"]
    # 9 promises weigh 18 and halve in 90 days; none of the invited answered, so silence is 1.
    for week, seen in enumerate(found[:6]):
        weight = 18 * 2 ** (-7 * week / 90)
        assert seen == pytest.approx((weight + 1) / (weight + 2))
    # 6 invitations halve in 180 days: after 42 days they are 5.1, after 49 days 4.97.
    assert found[6] is not None
    assert found[7:] == [None] * 6


def test_answers_that_name_no_invitation_do_not_say_that_invitations_stayed_unanswered():
    invited = (sunday(13), ("survey.invited",), 60)
    of_an_invitation = (*TRUSTS[:3], 0)
    undated = past_of(client_of((sunday(13), TRUSTS, PEOPLE), invited))["divergence"]
    assert undated == [None] * 13
    dated = past_of(client_of((sunday(13), of_an_invitation, PEOPLE), invited))["divergence"]
    # 37 / 38 of trust, and 51 of 60 invitations without an answer.
    assert dated[0] == pytest.approx(37 / 38 + 51 / 60 - 1)


def good(weeks_ago):
    """All that a partner needs, said anew on the last day of each of these weeks."""
    week_by_week = [
        (sunday(week), fact, times)
        for week in weeks_ago
        for fact, times in (
            (
                (
                    "touch",
                    "roadmap_talk",
                    ("cio", "it_management", "it_team"),
                    (),
                    ("goals",),
                    True,
                ),
                2,
            ),
            (TRUSTS, PEOPLE),
            (("survey.answered", "own", (("trust", 5, 1, 5),), None), PEOPLE),
        )
    ]
    facets = ("goals", "mission", "pain_points", "strategic_plan", "business_strategy")
    knowledge = [(sunday(weeks_ago[0]), ("knowledge", facet, "client"), 1) for facet in facets]
    return [*week_by_week, *knowledge]


def test_the_stage_was_won_after_four_good_weeks_and_the_next_one_asked_for_more():
    client = client_of(*good(range(11, 0, -1)), (sunday(40), SANCTIONED, 1))
    found = past_of(client, [client_of((sunday(30), BOUGHT, 1))])["maturity"]
    # Nothing before; all seven criteria at four closes; then a partner who lacks two proposals.
    assert found[:2] == [None, None]
    assert found[2:6] == [2.0] * 4
    assert found[6:] == [pytest.approx(2 + 6 / 7)] * 7


def test_each_past_week_saw_no_further_back_than_a_ring_of_its_own():
    easier = {
        "ring_weeks = 52 ": "ring_weeks = 26 ",
        "trust = 0.55": "trust = 0",
        "uncertainty = 0.50": "uncertainty = 1",
        "engagement = 0.40": "engagement = 0",
        "knowledge = 0.45": "knowledge = 0",
        "gap = 0.30": "gap = 1",
        "quiet_weeks = 8": "quiet_weeks = 1",
        "strategic_talks = 0.5": "strategic_talks = 0",
    }
    text = TEXT
    for strict, easy in easier.items():
        text = text.replace(strict, easy)
    broken = [(sunday(35), LATE, 20), (sunday(35), ("promise", "broken"), 20)]
    client = client_of(*good(range(39, 35, -1)), *broken, (sunday(60), BOUGHT, 1))
    found = past_of(client, compiled=CompiledPolicy(parse_policy(text)))["maturity"]
    # A partner for good, by four weeks of which the oldest was 26 weeks before the first of these.
    assert found[0] > 2
    assert all(index < 2 for index in found[1:])


def test_both_other_views_of_trust_have_a_past_of_their_own():
    client = client_of(
        (sunday(4), ("survey.answered", "own", (("trust", 5, 1, 5),), None), PEOPLE),
        (sunday(2), ("survey.answered", "independent", (("trust", 1, 1, 5),), None), PEOPLE),
    )
    found = past_of(client)
    # 9 answers of 4 are 36 for; 9 of an independent party, of 6, are 54 against: (54 / 2^(7/90)).
    assert found["trust.own"][:9] == [None] * 9
    assert found["trust.own"][9] == pytest.approx(37 / 38)
    faded = 54 * 2 ** (-7 / 90)
    assert found["trust.independent"][11:] == [
        pytest.approx(1 / 56),
        pytest.approx(1 / (faded + 2)),
    ]


def test_another_client_s_late_purchases_change_what_the_past_of_this_one_was():
    client = client_of((sunday(15), IN_TIME, 9), (sunday(40), BOUGHT, 5), (sunday(3), BOUGHT, 5))
    others = [client_of((sunday(week), BOUGHT, 4)) for week in range(20, 60, 4)]
    alone = past_of(client, others)["divergence"]
    late = [client_of((sunday(3), BOUGHT, 40)), *others[1:]]
    # Where all buy more, five purchases are less of a surprise: once that week is closed.
    changed = past_of(client, late)["divergence"]
    assert changed[11] < alone[11]
    assert changed[:11] == alone[:11]


def test_without_the_clients_purchases_or_those_of_all_only_the_own_scores_are_known():
    client = client_of((sunday(15), IN_TIME, 9), (sunday(15), BOUGHT, 1), (sunday(9), TRUSTS, 9))
    own = client_inputs(client, COMPILED.policy, DAY)
    shared = fleet_context([own], COMPILED.policy, DAY, {})
    health = evaluate("finance", client, own, COMPILED, DAY, shared)
    stale = fleet_baselines(
        [own.purchases.weekly], range(WEEK - 99, WEEK - 86), COMPILED.policy.purchases
    )
    for purchases, closed in ((None, (shared.baseline,)), (own.purchases, stale)):
        found = past_scores(health, purchases, closed, COMPILED.policy)
        assert found["divergence"] == found["maturity"] == [None] * 13
        assert found["trust"][-1] == health.weeks[-1].trust is not None


def test_a_year_of_stages_that_asks_for_half_a_year_of_quiet_weeks_can_be_looked_at():
    compiled = CompiledPolicy(parse_policy(TEXT.replace("quiet_weeks = 8", "quiet_weeks = 26")))
    weekly = {WEEK - week: 3 for week in range(150)}
    limits, long_ago = compiled.policy.purchases, DAY - 2_000
    windows = Windows(weekly, long_ago, limits, fleet_baseline([weekly], DAY, limits))
    furthest = (
        compiled.policy.maturity.ring_weeks + compiled.policy.maturity.stay_partner.quiet_weeks - 1
    )
    assert not windows.alerts(furthest)
    whole = fleet_baseline([weekly], DAY, compiled.policy.purchases).window(furthest)
    assert len(whole.weights) == compiled.policy.purchases.ring_weeks
    weekly[WEEK - furthest] = 200
    fleet = fleet_baseline(
        [weekly, {WEEK - week: 3 for week in range(150)}], DAY, compiled.policy.purchases
    )
    assert Windows(weekly, long_ago, limits, fleet).alerts(furthest)


@pytest.mark.parametrize(
    ("score", "field"),
    [
        ("participation", "participation"),
        ("engagement", "engagement"),
        ("knowledge", "knowledge"),
        ("perception", "perception"),
        ("trust", "trust"),
        ("trust.independent", "trust_independent"),
        ("trust.own", "trust_own"),
    ],
)
def test_each_score_has_its_own_past_of_thirteen_weeks(score, field):
    client = client_of()
    own = client_inputs(client, COMPILED.policy, DAY)
    shared = fleet_context([own], COMPILED.policy, DAY, {})
    health = evaluate("finance", client, own, COMPILED, DAY, shared)
    weeks = [week._replace(**{field: float(number)}) for number, week in enumerate(health.weeks)]
    found = past_scores(replace(health, weeks=tuple(weeks)), None, (), COMPILED.policy)
    count = len(weeks)
    assert found[score] == [float(number) for number in range(count - 13, count)]
    assert all(found[other] == [None] * 13 for other in found if other != score)


def test_of_two_patterns_in_a_past_week_the_stronger_one_is_shown():
    green = [(sunday(13), IN_TIME, 9), (sunday(13), LATE, 1), (sunday(40), BOUGHT, 1)]
    of_an_invitation = (*TRUSTS[:3], 0)
    silent = [(sunday(13), of_an_invitation, PEOPLE), (sunday(13), ("survey.invited",), 2000)]
    assert past_of(client_of(*green))["divergence"][:6] == [0] * 6
    assert min(past_of(client_of(*green, *silent))["divergence"][:6]) > 0.9


def test_populations_of_weeks_before_and_after_the_past_are_not_read():
    client = client_of((sunday(15), IN_TIME, 9), (sunday(12), SANCTIONED, 1))
    assert past_of(client, more_weeks=2) == past_of(client)
