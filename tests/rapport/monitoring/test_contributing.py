"""The example of CONTRIBUTING, done to a copy of the tree, and what each edit gives."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
EDIT = re.compile(r"In `([^`]+)`, (before|after) `([^`]+)`:\n\n```\w+\n(.*?)```\n", re.DOTALL)
EDITS = EDIT.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
ALERT = "RapportPromisesBroken"
"""The alert of the example."""
EXPECTED = Path("tests", "rapport", "monitoring", "grafana", "expected_panels")
RENDERED = ("deploy", "docs", "grafana", "schemas")


@pytest.fixture
def tree(tmp_path):
    """A copy of the sources and of what is rendered from them."""
    for name in ("streams", EXPECTED, *RENDERED):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def edit(tree, path, side, anchor, block):
    text = (tree / path).read_text(encoding="utf-8")
    assert text.count(f"\n{anchor}") == 1, anchor
    new = f"{block}\n\n{anchor}" if side == "before" else f"{anchor}\n{block.rstrip()}"
    (tree / path).write_text(text.replace(anchor, new, 1), encoding="utf-8")


def render(tree):
    """Render the copy with its own code; return which files changed."""
    before = contents(tree)
    run(tree, "from rapport.cli.maintain.render import render; render(root=Path())")
    after = contents(tree)
    return {path for path, text in after.items() if before.get(path) != text}


def run(tree, statements):
    """Run statements on the code of the copy."""
    code = (
        "from pathlib import Path; import rapport.monitoring.alerts.catalogue as a;"
        f"assert Path(a.__file__).is_relative_to(Path.cwd()); {statements}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tree,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(tree / "streams"), str(tree / "schemas"))),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def contents(tree):
    files = (path for name in RENDERED for path in (tree / name).rglob("*") if path.is_file())
    return {str(path.relative_to(tree)): path.read_bytes() for path in files}


@pytest.mark.prometheus
def test_a_metric_is_one_edit_an_alert_its_texts_and_rule_and_a_panel_what_it_must_show_too(
    tree, tool
):
    metric, texts, alert, panel, shown = EDITS
    assert not render(tree)
    edit(tree, *metric)
    assert render(tree) == {"docs/metrics.md"}
    edit(tree, *texts)
    assert not render(tree)
    edit(tree, *alert)
    assert render(tree) == {
        "deploy/alertmanager/alertmanager.yml",
        "deploy/prometheus/rules/rapport.yml",
        "docs/runbook.md",
        "grafana/provisioning/alerting/rapport.yml",
    }
    edit(tree, *panel)
    assert render(tree) == {"grafana/dashboards/client.json"}
    edit(tree, *shown)
    assert not render(tree)
    run(
        tree,
        f"import json, sys; sys.path.insert(0, {str(tree / EXPECTED.parent)!r});"
        "from expected_panels import EXPECTED; board = Path('grafana/dashboards/client.json');"
        "panels = json.loads(board.read_text())['panels'];"
        "titles = {one['title'] for one in panels if one['type'] != 'row'};"
        "assert titles == set(EXPECTED['client']), titles ^ set(EXPECTED['client'])",
    )
    tests = tree / "rapport_1m_test.yml"
    run(
        tree,
        "from rapport.monitoring.rule_tests import rule_tests;"
        f"Path({tests.name!r}).write_text("
        f"rule_tests('deploy/prometheus/rules/rapport.yml')[{tests.name!r}])",
    )
    # The cases of the other alerts are judged once, in test_rules.py.
    document = yaml.safe_load(tests.read_text())
    document["tests"] = [one for one in document["tests"] if ALERT in one["name"]]
    tests.write_text(yaml.safe_dump(document))
    tested = subprocess.run(
        [tool("promtool"), "test", "rules", tests], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert f"{ALERT}: one broken promise stays silent" in tests.read_text()
