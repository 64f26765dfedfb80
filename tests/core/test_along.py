"""Take everyone along: who takes part, with one message, and no figure about a few."""

from pathlib import Path

import pytest

from rapport.streams.core.along import along, takeaways
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
PLAN = Plan(parse_policy(TEXT))
DAY = 20_000


def standing(*touches):
    """Of (times, roles, teams, carried) touchpoints, all of today."""
    client = ClientMeasures()
    for times, roles, teams, carried in touches:
        client.add(DAY, ("touch", "workshop", roles, teams, (), carried), times)
    return client.standing(PLAN, DAY)


def taken(*touches):
    return along(standing(*touches), PLAN.along)


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


def test_a_message_that_nobody_brings_is_not_consistent():
    found = taken((9, ("cio", "it_team"), (), False))
    assert points(found)["consistency"] == 0


def test_roles_that_never_come_are_named_by_their_missing_points():
    found = taken((9, ("it_team",), (), None))
    absent = [group.name for group in found.roles if not group.takes_part]
    assert absent == ["cio", "it_management", "project_managers"]
    assert [part.component for part in found.score.lacking()[:2]] == ["consistency", "message"]


@pytest.mark.parametrize(("times", "shown"), [(4, False), (5, True)])
def test_no_share_is_given_of_fewer_touchpoints_than_the_minimum(times, shown):
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
    found = takeaways([standing(three), standing(three), standing()], PLAN.along)
    assert found.message == 1
    role = next(pair for pair in found.roles if pair[0].name == "cio")
    assert (role[0].touchpoints, role[1]) == (6, 2)
    assert [(group.name, clients) for group, clients in found.teams] == [("crm", 2)]
