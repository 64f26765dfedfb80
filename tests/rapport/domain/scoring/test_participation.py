"""Participation: which roles take part, with one message, and no number about a small group."""

from pathlib import Path

import pytest

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.participation import (
    it_activity,
    participation,
    participation_score,
    participation_sum_weights,
)

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000


def sums_of(*touches):
    """Of (times, roles, teams, carried) touchpoints, all of today."""
    client = ClientMeasures()
    for times, roles, teams, carried in touches:
        client.add(DAY, ("touch", "workshop", roles, teams, (), carried), times)
    return client.sums_at(COMPILED, DAY)


def taken(*touches):
    return participation(sums_of(*touches), COMPILED.participation)


def points(found):
    return {part.component: found.score.ratio(part.points) for part in found.score.parts}


def test_the_share_of_touchpoints_with_the_message_counts_a_touchpoint_once():
    found = taken((6, ("cio", "it_team"), (), True), (4, ("it_team",), (), False))
    assert found.message == pytest.approx(0.6)
    assert points(found)["message"] == pytest.approx(0.18)


def test_consistency_is_the_weakest_role_s_share_over_the_strongest_s():
    found = taken((6, ("cio", "it_team"), (), True), (6, ("it_team",), (), False))
    assert points(found)["consistency"] == pytest.approx(0.3 * 0.5)
    assert {g.name: g.message for g in found.roles if g.message} == {"cio": 1.0, "it_team": 0.5}


def test_a_message_that_no_role_brings_is_not_consistent():
    found = taken((9, ("cio", "it_team"), (), False))
    assert points(found)["consistency"] == 0


def test_roles_that_never_come_are_named_by_their_missing_points():
    found = taken((9, ("it_team",), (), None))
    absent = [group.name for group in found.roles if not group.takes_part]
    assert absent == ["cio", "it_management", "project_managers"]
    assert [part.component for part in found.score.lacking()[:2]] == ["consistency", "message"]


@pytest.mark.parametrize(("times", "shown"), [(4, False), (5, True)])
def test_no_ratio_is_shown_of_fewer_touchpoints_than_the_minimum(times, shown):
    found = taken((times, ("cio",), ("crm",), True))
    assert (found.message is not None) is shown
    assert (found.score.shown is not None) is shown
    assert [group.name for group in found.teams] == (["crm"] if shown else [])
    assert found.small_teams == (0 if shown else 1)
    assert all(
        (group.touchpoints is not None) is (shown and group.name == "cio") for group in found.roles
    )


def test_over_the_fleet_small_groups_of_single_clients_add_up():
    three = (3, ("cio",), ("crm",), True)
    found = it_activity([sums_of(three), sums_of(three), sums_of()], COMPILED.participation)
    assert found.message == 1
    role = next(pair for pair in found.roles if pair[0].name == "cio")
    assert (role[0].touchpoints, role[1]) == (6, 2)
    assert [(group.name, clients) for group, clients in found.teams] == [("crm", 2)]


def sums(**amounts):
    """Decayed sums of these names, with `__` for the dot."""
    named = {f"participation.{name.replace('__', '.')}": x for name, x in amounts.items()}
    return DecayedSums(DAY, {name: round(x * UNIT) for name, x in named.items()}, {})


@pytest.mark.parametrize(
    ("measure", "sum_name"),
    [
        ("touch|workshop", "participation.touchpoints"),
        ("touch.role|workshop|cio", "participation.role.cio"),
        ("touch.team|crm", "participation.team.crm"),
        ("message|carried", "participation.message.carried"),
        ("message|missing", "participation.message.missing"),
        ("touch.message|cio|carried", "participation.message.cio.carried"),
        ("touch.message|cio|missing", "participation.message.cio.missing"),
        ("ticket.opened|incident|P3", None),
        ("touch.strategic", None),
    ],
)
def test_a_measure_counts_for_one_sum_and_halves_in_180_days(measure, sum_name):
    expected = () if sum_name is None else (SumWeight(sum_name, 180, UNIT),)
    assert participation_sum_weights(measure, COMPILED.policy.participation) == expected


def test_each_component_has_its_weight_and_a_role_saturates():
    found = taken((9, ("cio",), (), True), (9, ("it_team",), (), True))
    possible = {part.component: found.score.ratio(part.possible) for part in found.score.parts}
    assert possible == pytest.approx(
        {
            "consistency": 0.3,
            "message": 0.3,
            "roles.cio": 0.1,
            "roles.it_management": 0.1,
            "roles.it_team": 0.1,
            "roles.project_managers": 0.1,
        }
    )
    assert found.score.baseline == 0
    one = participation(sums(role__cio=1), COMPILED.participation)
    assert points(one)["roles.cio"] == pytest.approx(0.1 * 0.6321206)


CARRIED = {"touchpoints": 9, "message__carried": 9, "message__cio__carried": 5}
NAMES = ("touchpoints", "message", "message of two roles")


@pytest.mark.parametrize(
    ("amounts", "missing", "confidence"),
    [
        ({}, NAMES, 0),
        ({"touchpoints": 0.1}, NAMES[1:], 1 / 3),
        (CARRIED, NAMES[2:], 2 / 3),
        (CARRIED | {"message__it_team__missing": 4.9}, NAMES[2:], 2 / 3),
        (CARRIED | {"message__it_team__missing": 5}, (), 1),
    ],
    ids=["nothing", "touchpoints", "one-role", "too-few-of-the-second-role", "two-roles"],
)
def test_confidence_is_the_share_of_inputs_that_are_known(amounts, missing, confidence):
    found = participation(sums(**amounts), COMPILED.participation)
    assert found.score.missing == missing
    assert found.score.confidence == pytest.approx(confidence)
    assert participation_score(sums(**amounts), COMPILED.participation) == found.score


def test_the_message_of_a_role_is_its_carried_touchpoints_over_all_of_its_own():
    amounts = {"message__cio__carried": 6, "message__cio__missing": 2, "role__cio": 8.5}
    found = participation(
        sums(**amounts, role__it_team=0.5, role__it_management=0), COMPILED.participation
    )
    rows = [(g.name, g.touchpoints, g.message, g.takes_part) for g in found.roles]
    assert rows == [
        ("cio", 8.5, 0.75, True),
        ("it_management", None, None, False),
        ("it_team", None, None, True),
        ("project_managers", None, None, False),
    ]


def test_teams_are_named_from_the_busiest_on_and_small_ones_are_counted():
    amounts = {"team__a": 5, "team__b": 9, "team__c": 5, "team__d": 4.9, "team__e": 1, "team__f": 0}
    found = participation(sums(**amounts), COMPILED.participation)
    rows = [(g.name, g.touchpoints, g.message, g.takes_part) for g in found.teams]
    assert rows == [("b", 9, None, True), ("a", 5, None, True), ("c", 5, None, True)]
    assert found.small_teams == 2


def test_a_client_with_a_sum_of_zero_does_not_take_part():
    none = {"role__cio": 0, "team__crm": 0, "team__erp": 0}
    busy = {"role__cio": 6, "team__crm": 6, "message__carried": 4, "message__missing": 4}
    small = {"team__erp": 3}
    found = it_activity(
        [sums(**none), sums(**busy), sums(**none), sums(**small)], COMPILED.participation
    )
    assert {group.name: clients for group, clients in found.roles} == {
        "cio": 1,
        "it_management": 0,
        "it_team": 0,
        "project_managers": 0,
    }
    assert [(g.name, g.touchpoints, clients) for g, clients in found.teams] == [("crm", 6, 1)]
    assert found.small_teams == 1
    assert found.message == 0.5


def test_of_nothing_there_is_no_point_and_all_that_is_possible_is_one_whole():
    score = participation(sums(), COMPILED.participation).score
    assert score.value == 0
    assert sum(part.possible for part in score.parts) == score.denominator


def test_the_least_that_is_left_of_a_touchpoint_still_counts():
    least = dict.fromkeys(
        ("participation.touchpoints", "participation.role.cio", "participation.team.crm"), 1
    )
    found = participation(DecayedSums(DAY, least, {}), COMPILED.participation)
    assert [group.name for group in found.roles if group.takes_part] == ["cio"]
    assert (found.small_teams, "touchpoints" in found.score.missing) == (1, False)
    role = it_activity([DecayedSums(DAY, least, {})], COMPILED.participation).roles[0]
    assert (role[0].name, role[1]) == ("cio", 1)
