"""`rapport assets` writes files that Prometheus and Alertmanager accept, and replaces no other."""

import json
import subprocess

import pytest

from rapport.runtime.child_process import rapport_command


def assets(directory, *options):
    return subprocess.run(
        rapport_command("assets", "--output", str(directory), *options),
        capture_output=True,
        text=True,
        check=False,
    )


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
    ran = subprocess.run(
        rapport_command("policy", "check", str(written / "policy.toml")), check=False
    )
    assert ran.returncode == 0


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
