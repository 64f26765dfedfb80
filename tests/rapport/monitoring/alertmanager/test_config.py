"""Who gets which alert, in which words: judged by Alertmanager's own tools."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from rapport.monitoring.alertmanager.config import alertmanager_config
from rapport.monitoring.alertmanager.routing import EXAMPLE, RoutingError, parse_routing
from rapport.monitoring.alerts.catalogue import ALERTS

ROOT = Path(__file__).parents[4]
SHIPPED = ROOT / "deploy" / "alertmanager"
GOLDEN = ROOT / "tests" / "data" / "messages"
PARTS = ("subject", "text", "html", "slack.title", "slack.text", "teams.text")
SITE = '{{ define "rapport.site" }}https://grafana.example.org{{ end }}'


def run(*command):
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.prometheus
def test_the_configuration_is_one_that_alertmanager_takes(tool):
    assert "FAILED" not in run(tool("amtool"), "check-config", SHIPPED / "alertmanager.yml")


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("kind=risk owner=team-finance client=finance", "relations"),
        ("kind=risk owner=team-care client=care", "relations"),
        ("kind=opportunity owner=team-finance client=finance", "innovation"),
        ("kind=risk owner=team-finance-2 client=finance", "it-management"),
        ("kind=risk owner=nobody client=hr", "it-management"),
        ("kind=opportunity owner=nobody client=hr", "it-management"),
        ("kind=risk owner=it-management supplier=acme", "it-management"),
        ("kind=pipeline owner=operations source=tickets", "operations"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_alert_reaches_the_team_of_its_owner_and_kind(tool, labels, receiver):
    config = f"--config.file={SHIPPED / 'alertmanager.yml'}"
    found = run(tool("amtool"), "config", "routes", "test", config, *labels.split())
    assert found.strip() == receiver


@pytest.mark.prometheus
def test_a_dot_in_an_owner_is_a_dot(tool, tmp_path):
    text = EXAMPLE.replace('"team-care"', '"team.care"')
    (tmp_path / "templates").symlink_to(SHIPPED / "templates")
    (tmp_path / "alertmanager.yml").write_text(alertmanager_config(parse_routing(text)))
    command = (tool("amtool"), "config", "routes", "test")
    config = f"--config.file={tmp_path / 'alertmanager.yml'}"
    found = [run(*command, config, f"owner={owner}") for owner in ("team.care", "team-care")]
    assert [one.strip() for one in found] == ["relations", "it-management"]


@pytest.mark.prometheus
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_messages_read_as_agreed_and_hostile_names_are_text(tool, language, part):
    output = run(
        *(tool("amtool"), "template", "render", f"--template.glob={SHIPPED}/templates/*.tmpl"),
        f"--template.type={'html' if part == 'html' else 'text'}",
        f'--template.text={SITE}{{{{ template "rapport.{language}.{part}" . }}}}',
        f"--template.data={GOLDEN / 'alerts.json'}",
    )
    golden = GOLDEN / f"{language}.{part}.txt"
    assert output == golden.read_text(encoding="utf-8")


def structure(language):
    """Return what the templates of a language do, without the words that they say."""
    text = (SHIPPED / "templates" / f"{language}.tmpl").read_text(encoding="utf-8")
    text = text.replace(f"rapport.{language}.", "rapport.")
    text = re.sub(
        rf"\(or \.Annotations\.(\w+)_{language} \.Annotations\.\1\)", r".Annotations.\1", text
    )
    text = text.replace(f"(or .Annotations.summary_{language} ", "(or ")
    return re.findall(r"{{(?!/\*).*?}}", text)


def test_both_languages_have_the_same_structure_and_dutch_falls_back_on_english():
    assert len(structure("en")) > 50
    assert structure("nl") == structure("en")


@pytest.mark.prometheus
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("language", "word"), [("en", "Alert"), ("nl", "Waarschuwing")])
def test_an_alert_of_another_program_is_named_and_nothing_is_empty(
    tool, tmp_path, language, word, part
):
    alerts = json.loads((GOLDEN / "alerts.json").read_text())
    started = alerts["alerts"][0]["startsAt"]
    labels = {"alertname": "NodeDown", "job": "node"}
    foreign = {"status": "firing", "labels": labels, "annotations": {}, "startsAt": started}
    alerts |= {"commonLabels": labels, "groupLabels": {}, "alerts": [foreign]}
    (tmp_path / "alerts.json").write_text(json.dumps(alerts))
    output = run(
        *(tool("amtool"), "template", "render", f"--template.glob={SHIPPED}/templates/*.tmpl"),
        f"--template.type={'html' if part == 'html' else 'text'}",
        f'--template.text={SITE}{{{{ template "rapport.{language}.{part}" . }}}}',
        f"--template.data={tmp_path / 'alerts.json'}",
    )
    assert "NodeDown" in output
    if part in {"subject", "slack.title"}:
        assert output.strip() == f"{word}: NodeDown"
    for empty in ("https://grafana", "For:", "Voor:", "href", "[", "<|"):
        assert empty not in output


@pytest.mark.prometheus
@pytest.mark.parametrize("part", ["text", "html", "slack.text", "teams.text"])
def test_a_link_that_has_an_address_keeps_it(tool, tmp_path, part):
    alerts = json.loads((GOLDEN / "alerts.json").read_text())
    alerts["alerts"][0]["annotations"]["dashboard_url"] = "https://board.example.org/d/x"
    (tmp_path / "alerts.json").write_text(json.dumps(alerts))
    output = run(
        *(tool("amtool"), "template", "render", f"--template.glob={SHIPPED}/templates/*.tmpl"),
        f"--template.type={'html' if part == 'html' else 'text'}",
        f'--template.text={SITE}{{{{ template "rapport.en.{part}" . }}}}',
        f"--template.data={tmp_path / 'alerts.json'}",
    )
    assert "https://board.example.org/d/x" in output
    assert "https://grafana.example.org" not in output


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("labels", "interval"),
    [
        ("kind=risk severity=warning owner=team-finance", "4d"),
        ("kind=risk severity=info owner=team-finance", "30d"),
        ("kind=risk severity=info owner=nobody", "30d"),
        ("kind=opportunity severity=info owner=team-finance", "30d"),
        ("kind=pipeline severity=info owner=operations", "4h"),
    ],
)
def test_news_is_told_once_and_a_warning_again(labels, interval):
    config = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text())
    wanted = dict(pair.split("=") for pair in labels.split())

    def matches(route):
        for matcher in route.get("matchers", ()):
            name, _, values = matcher.replace("=~", "=").partition("=")
            if wanted.get(name) not in values.strip('"').split("|"):
                return False
        return True

    route = next((one for one in config["route"]["routes"] if matches(one)), config["route"])
    assert route["repeat_interval"] == interval


def test_every_inhibition_is_within_one_installation():
    rules = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text())["inhibit_rules"]
    assert all("job" in rule["equal"] for rule in rules)


def test_the_golden_alerts_are_hostile_and_one_of_them_is_over():
    alerts = json.loads((GOLDEN / "alerts.json").read_text())["alerts"]
    output = alerts[0]["annotations"]["summary"]
    assert all(part in output for part in ("{{ .Status }}", "$(id)", "<script>", "<!channel>"))
    assert [one["status"] for one in alerts] == ["firing", "resolved"]


def test_only_files_hold_secrets():
    config = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text())
    text = json.dumps(config)
    assert "smtp_auth_password_file" in text
    for secret in ('"smtp_auth_password"', '"api_url"', '"credentials"', '"webhook_url"'):
        assert secret not in text


def test_a_broken_feed_holds_back_all_that_reads_it_and_nothing_else():
    rules = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text())["inhibit_rules"]
    for source in ("tickets", "surveys", "procurement", "relationship"):
        (rule,) = [one for one in rules if f'source="{source}"' in one["source_matchers"]]
        held = set(rule["target_matchers"][0].split('"')[1].split("|"))
        assert held == {alert.name for alert in ALERTS if source in alert.depends_on}


def test_a_client_s_alert_says_what_it_reads():
    from rapport.monitoring.alerts.feeds import CLIENT_SILENT
    from rapport.monitoring.alerts.scores import CONCERN_OF_MOST_CLIENTS

    for alert in ALERTS:
        if alert.kind != "pipeline" and alert not in (CLIENT_SILENT, CONCERN_OF_MOST_CLIENTS):
            assert alert.depends_on, alert.name


def test_teams_get_their_messages_by_a_file_that_names_the_address():
    text = EXAMPLE.replace('# teams_url_file = "/etc', 'teams_url_file = "/etc')
    config = yaml.safe_load(alertmanager_config(parse_routing(text)))
    (sent,) = config["receivers"][-1]["msteamsv2_configs"]
    assert sent["webhook_url_file"] == "/etc/alertmanager/teams-url"
    assert sent["text"].endswith('{{ template "rapport.en.teams.text" . }}')


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('others = "it-management"', 'others = "nobody"', "no team is called 'nobody'"),
        ('opportunities = "innovation"', 'opportunities = "x"', "no team is called 'x'"),
        ('name = "innovation"', 'name = "operations"', "team 'operations' is there twice"),
        ('"team-care"', '"team-finance"', "owner 'team-finance' is there twice"),
        (
            '"team-care"',
            '"Team Care"',
            "team.2.owners.1 (line 24): 'Team Care': string should match pattern",
        ),
        ('slack_channel = "#relations"', "", "needs slack_channel and slack_url_file together"),
        ('email = "it-operations@example.org"', "", "has no channel"),
        (
            'username = "rapport"',
            'password = "x"',
            "smtp.password (line 11): unknown key (did you mean password_file?); allowed",
        ),
        (
            'language = "nl"',
            'language = "de"',
            "team.2.language (line 25): 'de': input should be 'en' or 'nl'",
        ),
        ("[smtp]", "[smtp", "not TOML"),
    ],
)
def test_a_table_that_cannot_work_is_refused_with_its_location(old, new, reason):
    assert old in EXAMPLE
    with pytest.raises(RoutingError, match=r"^mine\.toml is ") as refused:
        parse_routing(EXAMPLE.replace(old, new, 1), "mine.toml")
    assert reason in str(refused.value)
