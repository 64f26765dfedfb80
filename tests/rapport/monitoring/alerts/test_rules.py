"""Rules and exposition, judged by Prometheus' own tools."""

import subprocess
from itertools import groupby
from pathlib import Path

import pytest
import yaml

from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.metrics.catalogue import METRICS
from rapport.monitoring.metrics.model import Sample
from rapport.monitoring.rule_tests import rule_tests
from rapport.web.exposition import Exposition

RULES = Path(__file__).parents[4] / "deploy" / "prometheus" / "rules" / "rapport.yml"
pytestmark = pytest.mark.prometheus


def run(*command, **options):
    return subprocess.run(command, check=False, capture_output=True, text=True, **options)


def everything():
    return Exposition(
        Sample(metric, tuple(f'a "{label}"\n\\' for label in metric.labels), 0.25)
        for metric in METRICS
    )


@pytest.fixture
def unit_tests(tmp_path):
    """The files of promtool's tests; pytest keeps them where a failure says.

    A file has the tests of one alert, on its rule and the recording rules: promtool evaluates every
    rule of a file at each step of each test.
    """
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for text in rule_tests("rules.yml").values():
        document = yaml.safe_load(text)
        for alert, tests in groupby(document["tests"], key=alert_of):
            folder = tmp_path / alert
            folder.mkdir()
            write(folder / "rules.yml", rules_of(alert, rules))
            write(folder / f"{alert}_test.yml", {**document, "tests": list(tests)})
    return sorted(tmp_path.glob("*/*_test.yml"))


def alert_of(test):
    (expected,) = test["alert_rule_test"]
    return expected["alertname"]


def rules_of(alert, rules):
    groups = [
        {**group, "rules": [one for one in group["rules"] if one.get("alert", alert) == alert]}
        for group in rules["groups"]
    ]
    return {"groups": [group for group in groups if group["rules"]]}


def write(path, document):
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def test_every_case_of_every_alert_is_tested_once(unit_tests):
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in unit_tests]
    tested = [test["name"] for document in documents for test in document["tests"]]
    assert len(tested) > 2 * len(ALERTS)
    assert sorted(tested) == sorted(
        f"{alert.name}: {case.name}" for alert in ALERTS for case in alert.cases
    )


def test_the_rules_are_valid_and_their_unit_tests_pass(tool, unit_tests):
    promtool = tool("promtool")
    checked = run(promtool, "check", "rules", RULES)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = run(promtool, "test", "rules", *unit_tests)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_a_rule_test_that_should_fail_does_fail(tool, tmp_path):
    document = yaml.safe_load(rule_tests(str(RULES))["rapport_1m_test.yml"])
    document["tests"] = document["tests"][:1]
    document["tests"][0]["alert_rule_test"][0]["exp_alerts"] = []
    (tmp_path / "wrong.yml").write_text(yaml.safe_dump(document))
    assert run(tool("promtool"), "test", "rules", tmp_path / "wrong.yml").returncode == 1


def test_the_metrics_pass_promtool_s_lint(tool):
    pieces, content_type = everything().render("text/plain", gzip=False)
    assert content_type.startswith("text/plain")
    checked = run(tool("promtool"), "check", "metrics", input=b"".join(pieces).decode())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_openmetrics_is_served_to_who_asks_for_it():
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    pieces, content_type = everything().render(
        "application/openmetrics-text; version=1.0.0", gzip=False
    )
    assert content_type.startswith("application/openmetrics-text")
    families = {family.name for family in text_string_to_metric_families(b"".join(pieces).decode())}
    assert families == {metric.name for metric in METRICS}
