"""`rapport assets` writes files that Prometheus and Alertmanager accept, and replaces no other."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from run_rapport import run_rapport
from typer import Typer
from typer.testing import CliRunner

from rapport.cli.operate.assets import assets as command
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.assets import Installation
from rapport.monitoring.operator import Cluster, operator_objects
from rapport.monitoring.render import render_rules, rule_groups
from rapport.monitoring.reserved import RESERVED
from rapport.monitoring.rule_tests import rule_test
from rapport.monitoring.rules.options import RuleOptions
from rapport_schemas.wire.errors import RapportError

ROOT = Path(__file__).parents[3]


app = Typer()
app.command()(command)


def assets(directory, *options):
    """Run the command in this process, which spares seconds a time."""
    ran = CliRunner().invoke(app, ["--output", str(directory), *options])
    if isinstance(ran.exception, RapportError):
        return SimpleNamespace(returncode=1, stdout="", stderr=str(ran.exception))
    return SimpleNamespace(returncode=ran.exit_code, stdout=ran.stdout, stderr=ran.stderr)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("assets") / "new"
    ran = assets(directory, "--json")
    assert ran.returncode == 0, ran.stderr
    assert sorted(json.loads(ran.stdout)) == sorted(
        str(path) for path in directory.rglob("*") if path.is_file()
    )
    return directory


@pytest.mark.prometheus
def test_prometheus_accepts_its_configuration_and_rules(written, tool):
    checked = [tool("promtool"), "check", "config", str(written / "prometheus" / "prometheus.yml")]
    assert subprocess.run(checked, check=False, capture_output=True).returncode == 0


@pytest.mark.prometheus
def test_alertmanager_accepts_its_configuration_and_templates(written, tool):
    file = written / "alertmanager" / "alertmanager.yml"
    checked = subprocess.run(
        [tool("amtool"), "check-config", str(file)], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert "1 templates" in checked.stdout
    assert len([*(written / "alertmanager" / "templates").glob("*.tmpl")]) == 3


def test_each_dashboard_and_the_policy_are_there(written):
    dashboards = [json.loads(p.read_text()) for p in (written / "grafana" / "dashboards").iterdir()]
    assert len({one["uid"] for one in dashboards}) == len(dashboards) >= 5
    assert run_rapport("policy", "check", written / "policy.toml").returncode == 0


def test_a_changed_file_is_replaced_with_force_alone(written):
    rules = written / "prometheus" / "rules" / "rapport.yml"
    before = rules.read_text()
    assert assets(written).returncode == 0
    rules.write_text("groups: []\n")
    refused = assets(written)
    assert (refused.returncode, "rapport.yml were changed" in refused.stderr) == (1, True)
    assert rules.read_text() == "groups: []\n"
    assert assets(written, "--force").returncode == 0
    assert rules.read_text() == before


OPTIONS = (
    *("--select", "namespace=prod", "--keep", "cluster", "--worker-job", "desk"),
    *("--intake-job", "desk-intake", "--grafana-url", "https://grafana.example.org/"),
    *("--runbook-url", "https://wiki.example.org/runbook"),
    *("--pages-url", "https://rapport.example.org"),
    *("--kubernetes", "--namespace", "monitoring", "--object-label", "release=prometheus"),
)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    directory = tmp_path_factory.mktemp("assets") / "adapted"
    ran = assets(directory, *OPTIONS)
    assert ran.returncode == 0, ran.stderr
    return directory


def rules_of(directory):
    rules = (directory / "prometheus" / "rules" / "rapport.yml").read_text()
    document = yaml.load(rules, yaml.CSafeLoader)
    return [rule for group in document["groups"] for rule in group["rules"]]


def promtool_tests(tool, *files):
    return subprocess.run(
        [tool("promtool"), "test", "rules", *map(str, files)],
        check=False,
        capture_output=True,
        text=True,
    )


def first_firing(directory):
    """Yield each alert with promtool's first test of it that fires."""
    for file in (directory / "prometheus" / "tests").iterdir():
        document = yaml.load(file.read_text(), yaml.CSafeLoader)
        assert (file.parent / document["rule_files"][0]).exists()
        found = {}
        for test in document["tests"]:
            (expected,) = test["alert_rule_test"]
            if expected["exp_alerts"]:
                found.setdefault(expected["alertname"], document | {"tests": [test]})
        yield from found.items()


def page_of(alert):
    """The address of the page about an alert: that of its client, or of all clients."""
    client = "/" if "owner" in alert["labels"] else "/pages/{{ $labels.client }}"
    return f"https://rapport.example.org{client}"


@pytest.mark.prometheus
def test_the_rules_pass_the_tests_that_are_beside_them(adapted, tool, tmp_path):
    """Each alert alone: promtool evaluates every rule of a file at each step of a test."""
    rules, files = rules_of(adapted), []
    for alert, document in first_firing(adapted):
        own = [one for one in rules if one.get("alert", alert) == alert]
        group = {"groups": [{"name": "rapport", "rules": own}]}
        (tmp_path / f"{alert}.json").write_text(json.dumps(group))
        files.append(tmp_path / f"{alert}_test.json")
        files[-1].write_text(json.dumps(document | {"rule_files": [f"{alert}.json"]}))
    assert len(files) == sum("alert" in one for one in rules)
    ran = promtool_tests(tool, *files)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_committed_files_are_what_no_option_writes(written):
    for path in ("deploy/prometheus/rules/rapport.yml", "deploy/alertmanager/alertmanager.yml"):
        assert (written / path.removeprefix("deploy/")).read_text() == (ROOT / path).read_text()
    for path in (ROOT / "grafana").rglob("*.*"):
        assert (written / path.relative_to(ROOT)).read_text() == path.read_text()


def test_links_jobs_and_labels_are_those_of_the_installation(adapted):
    alerts = [rule for rule in rules_of(adapted) if "alert" in rule]
    for alert in alerts:
        links = alert["annotations"]
        name = alert["alert"].lower()
        assert links["runbook_url"] == f"https://wiki.example.org/runbook#{name}"
        assert links["dashboard_url"].startswith("https://grafana.example.org/d/rapport-")
        is_pipeline = alert["labels"]["kind"] == "pipeline"
        assert links.get("page_url") == (None if is_pipeline else page_of(alert))
    rules = (adapted / "prometheus" / "rules" / "rapport.yml").read_text()
    assert not re.search(r'job="rapport', rules)
    # Every series that a rule reads is of this installation.
    for rule in rules_of(adapted):
        for series in re.finditer(r"\b(?:up|rapport[_:][\w:]+)\b({[^}]*})?", rule["expr"]):
            assert 'namespace="prod"' in (series[1] or ""), rule
    assert "job_name: desk\n" in (adapted / "prometheus" / "prometheus.yml").read_text()
    boards = "".join(path.read_text() for path in (adapted / "grafana" / "dashboards").iterdir())
    assert "https://rapport.example.org/pages/" in boards
    assert "127.0.0.1:9464" not in boards
    for label in ("cluster", "namespace"):
        assert f'{label}=\\"${label}\\"' in boards


def two_installations(directory):
    """Write promtool's test of the rules of two installations in one Prometheus."""
    rule_files, series, concern = [], [], 'client="a",concern="new_supplier"'
    for name, points in (("prod", "10x60"), ("test", "_x60")):
        rules = directory / f"{name}.yml"
        rules.write_text(render_rules(Installation(select={"namespace": name}).rules))
        rule_files.append(str(rules))
        own = f'job="rapport",namespace="{name}"'
        series += [
            {
                "series": f'rapport_client_info{{{own},client="a",name="A {name}",owner="o"}}',
                "values": "1x60",
            },
            {"series": f"rapport_clients{{{own}}}", "values": "1x60"},
            {"series": f'up{{{own},instance="i"}}', "values": "1x60"},
            {
                "series": f"rapport_client_concern_points{{{own},{concern}}}",
                "values": points,
            },
        ]
    return rule_files, series


@pytest.mark.prometheus
def test_two_installations_in_one_prometheus_alert_each_on_its_own_clients(tool, tmp_path):
    rule_files, series = two_installations(tmp_path)
    firing = 'ALERTS{alertstate="firing",alertname!~"RapportScores.+|RapportIntake.+"}'
    count = {
        "expr": f"count by (alertname, namespace) ({firing})",
        "eval_time": "30m",
        "exp_samples": [
            {"labels": '{alertname="RapportNewOutsideSupplier", namespace="prod"}', "value": 1}
        ],
    }
    document = {
        "rule_files": rule_files,
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": [count]}],
    }
    (tmp_path / "both.yml").write_text(yaml.safe_dump(document))
    ran = promtool_tests(tool, tmp_path / "both.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def objects(directory):
    found = [
        yaml.load(path.read_text(), yaml.CSafeLoader)
        for path in (directory / "kubernetes").iterdir()
    ]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def test_the_operator_gets_the_same_rules_and_scrapes_under_the_same_jobs(adapted):
    found = objects(adapted)
    rule = found["PrometheusRule", "rapport"]
    assert rule["apiVersion"] == "monitoring.coreos.com/v1"
    assert [one for group in rule["spec"]["groups"] for one in group["rules"]] == rules_of(adapted)
    jobs = {}
    for part in ("worker", "intake"):
        monitor = found["ServiceMonitor", f"rapport-{part}"]
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        (endpoint,) = monitor["spec"]["endpoints"]
        jobs[part] = endpoint["relabelings"][0]["replacement"]
        assert endpoint["port"] == "http"
        assert monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] == part
    assert jobs == {"worker": "desk", "intake": "desk-intake"}
    assert {one["metadata"]["namespace"] for one in found.values()} == {"monitoring"}


def test_each_dashboard_is_in_a_map_that_kubernetes_takes(adapted):
    boards = {
        path.stem: json.loads(path.read_text())
        for path in (adapted / "grafana" / "dashboards").iterdir()
    }
    found = objects(adapted)
    for slug, board in boards.items():
        one = found["ConfigMap", f"rapport-dashboard-{slug}"]
        assert one["apiVersion"] == "v1"
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        ((file, text),) = one["data"].items()
        assert file == f"rapport-{slug}.json"
        assert json.loads(text) == board
        assert len(text.encode()) < 1_000_000
    assert sum(kind == "ConfigMap" for kind, _ in found) == len(boards)


def test_without_a_namespace_the_objects_name_none_and_without_the_option_there_are_none(written):
    texts = operator_objects([], {"fleet": {}}, RuleOptions(), Cluster())
    found = [yaml.load(text, yaml.CSafeLoader) for text in texts.values()]
    assert len(found) == 4
    assert all("namespace" not in one["metadata"] for one in found)
    assert not (written / "kubernetes").exists()


ALERTS_TRIED = (
    *("RapportWorkerDown", "RapportIntakeDown", "RapportKafkaUnreachable"),
    *("RapportOutsidePurchasesRising", "RapportConcernOfMostClients"),
)
"""Alerts on a job by its name, on its absence, on a client and on all clients."""


def rules_of_some_alerts(directory, options):
    """Write the rules of some alerts, and tests in which they fire or stay silent."""
    alerts = [alert for alert in ALERTS if alert.name in ALERTS_TRIED]
    rules = [
        one
        for one in rule_groups(options)[0]["rules"]
        if one.get("alert", ALERTS_TRIED[0]) in ALERTS_TRIED
    ]
    tests = [
        rule_test(alert, case, options)
        for alert in alerts
        for case in (
            *(case for case in alert.cases if case.fires),
            next(case for case in alert.cases if not case.fires),
        )
    ]
    (directory / "rules.json").write_text(json.dumps({"groups": [{"name": "a", "rules": rules}]}))
    document = {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": tests}
    (directory / "test.json").write_text(json.dumps(document))
    return directory / "test.json"


def installation_of(*options):
    """Return what the command makes of options, or None when it refuses them."""
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rapport.monitoring.assets.render_assets", lambda *of: seen.append(of) or {})
        ran = assets("none", *options)
    assert ran.returncode in (0, 2), ran.stderr
    return seen[0][0] if seen else None


SHORT_TEXTS = st.text(min_size=1, max_size=9) | st.sampled_from(
    ['it\'s "prod"', "50%d", "`a`", "a\\b", "${x} $y", "{{ . }}", "x by (y)", "rap.prod", "é", "#"]
)
JOBS = st.lists(SHORT_TEXTS | st.just("rapport-intake"), min_size=1, max_size=3).map("|".join)
LABELS = st.sampled_from(["cluster", "site", "_a", "by", "rapport_x", *sorted(RESERVED), "job"])


@pytest.mark.prometheus
@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # one run takes a second
    suppress_health_check=[HealthCheck.filter_too_much],
)
@given(JOBS, JOBS, st.dictionaries(LABELS, SHORT_TEXTS, max_size=2), st.lists(LABELS, max_size=2))
@example("rap.prod|rap.test", 'it\'s "q"|i*', {"env": "a{{b}}`%d\\ ${c} by (x)"}, ["cluster"])
@example("rapport-intake", "rapport", {}, [])
@example("rapport-other|rapport-other|other", "i", {}, [])
def test_what_is_accepted_gives_rules_that_pass_their_tests(
    tool, tmp_path_factory, worker_job, intake_job, select, keep
):
    chosen = [("--worker-job", worker_job), ("--intake-job", intake_job)]
    chosen += [("--select", f"{name}={value}") for name, value in select.items()]
    chosen += [("--keep", name) for name in keep]
    installation = installation_of(*(f"{option}={text}" for option, text in chosen))
    assume(installation is not None)
    directory = tmp_path_factory.mktemp("rules")
    ran = promtool_tests(tool, rules_of_some_alerts(directory, installation.rules))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--select", "namespace"),
        ("--keep", "a b"),
        ("--keep", "__name__"),
        ("--select", "namespace=a", "--select", "namespace=b"),
        ("--select", "namespace= "),
        ("--worker-job", "rapport|"),
        ("--worker-job", "a\nb"),
        ("--grafana-url", "grafana.example.org"),
        ("--namespace", "monitoring"),
        ("--kubernetes", "--namespace", "No_Such"),
        ("--kubernetes", "--object-label", "a=b c"),
        ("--kubernetes", "--object-label", "a=b/c"),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_wrong_use_and_writes_nothing(tmp_path, options):
    ran = assets(tmp_path / "none", *options)
    assert (ran.returncode, (tmp_path / "none").exists()) == (2, False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--keep", "owner"), "--keep owner: Rapport itself uses the label owner"),
        (("--keep", "client"), "--keep client: Rapport itself uses"),
        (("--select", "name=a"), "--select name: Rapport itself uses"),
        (("--keep", "datasource"), "--keep datasource: Rapport itself uses"),
        (("--select", "job=desk"), "--worker-job and --intake-job say its values"),
        (("--worker-job", "desk", "--intake-job", "help|desk"), "both say 'desk'"),
        (("--intake-job", "rapport"), "both say 'rapport'"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_what_the_rules_cannot_keep_is_refused_with_the_reason(tmp_path, options, said):
    ran = assets(tmp_path / "none", *options)
    assert (ran.returncode, (tmp_path / "none").exists()) == (2, False)
    assert said in re.sub(r"[\s│]+", " ", ran.stderr)


@pytest.mark.prometheus
def test_a_job_may_have_any_name_in_each_file(tmp_path, tool):
    job = 'rap: "north" $1 {{x}} #2'
    ran = assets(tmp_path, "--worker-job", job, "--kubernetes")
    assert ran.returncode == 0, ran.stderr
    file = tmp_path / "prometheus" / "prometheus.yml"
    checked = [tool("promtool"), "check", "config", str(file)]
    assert subprocess.run(checked, check=False, capture_output=True).returncode == 0
    configuration = yaml.load(file.read_text(), yaml.CSafeLoader)
    assert job in {one["job_name"] for one in configuration["scrape_configs"]}
    (endpoint,) = objects(tmp_path)["ServiceMonitor", "rapport-worker"]["spec"]["endpoints"]
    assert endpoint["relabelings"][0]["replacement"] == job.replace("$", "$$")
