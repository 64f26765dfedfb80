"""Rules and exposition, judged by Prometheus' own tools."""

import subprocess
from pathlib import Path

import pytest
import yaml

from rapport.streams.catalogue.metrics import METRICS
from rapport.streams.catalogue.sample import Sample
from rapport.streams.shell.exposition import Snapshot

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
pytestmark = pytest.mark.prometheus


def run(*command, **options):
    return subprocess.run(command, check=False, capture_output=True, text=True, **options)


def everything():
    return Snapshot(
        Sample(metric, tuple(f'a "{label}"\n\\' for label in metric.labels), 0.25)
        for metric in METRICS
    )


def test_the_rules_are_valid_and_their_unit_tests_pass(tool):
    promtool = tool("promtool")
    checked = run(promtool, "check", "rules", PROMETHEUS / "rules" / "rapport.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = run(promtool, "test", "rules", *sorted((PROMETHEUS / "tests").glob("*.yml")))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_a_rule_test_that_should_fail_does_fail(tool, tmp_path):
    document = yaml.safe_load((PROMETHEUS / "tests" / "rapport_1m_test.yml").read_text())
    document["rule_files"] = [str(PROMETHEUS / "rules" / "rapport.yml")]
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
