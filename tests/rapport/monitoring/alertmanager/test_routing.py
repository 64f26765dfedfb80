"""The table of teams: strict about its values, and each way to reach a team is enough."""

import tomllib

import pytest

from rapport.monitoring.alertmanager.routing import (
    EXAMPLE,
    Routing,
    RoutingError,
    Team,
    parse_routing,
)

WAYS = {
    "email": {"email": "a@example.org"},
    "Slack": {"slack_channel": "#a", "slack_url_file": "/etc/slack"},
    "Teams": {"teams_url_file": "/etc/teams"},
    "a webhook": {"webhook_url": "http://127.0.0.1:8081/alerts"},
}
MINIMAL = """
grafana_url = "http://127.0.0.1:3000"
pipeline = "a"
others = "a"

[[team]]
name = "a"
webhook_url = "http://127.0.0.1:8081/alerts"
"""


def refusal(text):
    with pytest.raises(RoutingError) as refused:
        parse_routing(text)
    return str(refused.value)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_way_to_reach_a_team_is_enough(way):
    team = Team(name="a", **way)
    assert {name: getattr(team, name) for name in way} == way


def test_a_team_without_a_receiver_is_refused_with_those_that_exist():
    message = refusal(MINIMAL.replace("webhook_url", "# webhook_url"))
    assert "give it email, slack_url_file, teams_url_file or webhook_url" in message


@pytest.mark.parametrize(
    "half", [{"slack_channel": "#a"}, {"slack_url_file": "/etc/slack"}], ids=["channel", "file"]
)
def test_slack_needs_its_channel_and_its_address(half):
    with pytest.raises(ValueError, match="needs slack_channel and slack_url_file together"):
        Team(name="a", email="a@example.org", **half)


def test_what_is_left_out_has_its_default():
    table = parse_routing(MINIMAL)
    (team,) = table.teams
    assert (table.language, table.smtp, team.owners, team.language) == ("en", None, [], None)
    assert table.language_of(team) == "en"
    smtp = parse_routing(EXAMPLE).smtp
    assert (smtp.require_tls, smtp.smarthost, smtp.sender) == (
        *(True, "smtp.example.org:587"),
        "rapport@example.org",
    )


def test_a_team_reads_its_own_language_or_that_of_the_table():
    table = parse_routing(EXAMPLE)
    assert [table.language_of(team) for team in table.teams] == ["en", "en", "nl", "en"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "a"', "name = 1", "team.0.name (line 7): 1: input should be a valid string"),
        (
            'name = "a"',
            'name = "a"\nowners = "b"',
            "team.0.owners (line 8): 'b': input",
        ),
        ('name = "a"', 'name = "a"\nmail = "b"', "team.0.mail (line 8): unknown key"),
        ('name = "a"', f'name = "{"a" * 65}"', "at most 64 characters"),
        (
            "http://127.0.0.1:8081/alerts",
            "ftp://a",
            "team.0.webhook_url (line 8): 'ftp://a'",
        ),
        ('pipeline = "a"', 'pipeline = "b"', "no team is called 'b'; there are a"),
        (
            "[[team]]",
            '[smtp]\nsmarthost = "a:25"\nfrom = "a@b.c"\nrequire_tls = "yes"\n[[team]]',
            "smtp.require_tls (line 9): 'yes': input should be a valid boolean",
        ),
        (
            "[[team]]",
            '[smtp]\nsmarthost = "a"\nfrom = "a@b.c"\n[[team]]',
            "smtp.smarthost (line 7): 'a': string should match pattern",
        ),
        ("webhook_url", 'email = "a@b.c"\nwebhook_url', "there is no [smtp] to send it through"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_location(old, new, reason):
    assert reason in refusal(MINIMAL.replace(old, new, 1))


def table_of(count):
    return {
        **tomllib.loads(MINIMAL),
        "team": [{"name": f"t{n}" if n else "a", **WAYS["a webhook"]} for n in range(count)],
    }


def test_there_are_500_teams_at_most_and_one_at_least():
    assert len(Routing.model_validate(table_of(500)).teams) == 500
    with pytest.raises(ValueError, match="at most 500 items"):
        Routing.model_validate(table_of(501))
    with pytest.raises(ValueError, match="at least 1 item"):
        Routing.model_validate(table_of(0))


@pytest.mark.parametrize(
    ("field", "most"), [("slack_url_file", 1000), ("email", 254), ("webhook_url", 1000)]
)
def test_a_text_exactly_at_its_bound_is_taken_and_a_longer_one_is_not(field, most):
    def team(length):
        text = {"email": "a@", "webhook_url": "http://"}.get(field, "/").ljust(length, "x")
        slack = {"slack_channel": "#a"} if field == "slack_url_file" else {}
        return Team(name="a", **slack, **{field: text})

    assert len(getattr(team(most), field)) == most
    with pytest.raises(ValueError, match=f"at most {most} characters"):
        team(most + 1)


def test_a_path_has_at_least_one_character():
    assert Team(name="a", teams_url_file="t").teams_url_file == "t"
    with pytest.raises(ValueError, match="at least 1 character"):
        Team(name="a", email="a@b.c", webhook_token_file="")
