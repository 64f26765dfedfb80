"""`rapport import --list`, `--show` and `--output`: presets to see, to change and to keep."""

import json
from pathlib import Path

import pytest
from run_rapport import run_rapport

from rapport.importers.mapping.presets import preset, preset_names, preset_text
from rapport.importers.mapping.schema import parse_mapping

FIELD = Path(__file__).parents[2] / "data" / "field"


def run(*options):
    return run_rapport("import", *options)


def test_the_list_names_the_columns_that_each_preset_needs():
    rows = json.loads(run("--list", "--json").stdout)
    assert [row["name"] for row in rows] == preset_names()
    needs = {row["name"]: {c["field"]: c for c in row["columns"]} for row in rows}
    servicenow = needs["servicenow"]
    assert {field for field, c in servicenow.items() if c["required"]} == {
        "id",
        "ticket.opened_at",
        "ticket.priority",
    }
    assert servicenow["id"]["columns"] == ["number", "Number", "Nummer"]
    assert "no resolution is published" in servicenow["ticket.sla"]["without"]
    assert "amount" in needs["purchase-card-ledger"]["purchase.amount"]["columns"]
    assert needs["limesurvey"]["survey.answers"]["required"] is True


def test_the_table_shows_names_with_brackets_as_they_are():
    assert "IT[trust]" in run("--list").stdout


def test_what_is_shown_is_the_preset():
    shown = run("--show", "topdesk")
    assert shown.returncode == 0
    assert parse_mapping(shown.stdout, "shown") == preset("topdesk")


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_shown_and_read_again(name):
    assert parse_mapping(preset_text(name), "shown") == preset(name)


@pytest.mark.parametrize(
    ("wrong", "right"), [("servicenw", "servicenow"), ("jira", "jira-service-management")]
)
def test_a_wrong_name_is_answered_with_the_nearest_preset(wrong, right):
    answer = run("--show", wrong)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert f"did you mean {right}?" in " ".join(answer.stderr.split())


@pytest.mark.parametrize(
    "options", [("--guess", FIELD / "19-osticket.csv"), ("--show", "servicenow")], ids=str
)
def test_a_mapping_that_is_there_is_never_overwritten(tmp_path, options):
    path = tmp_path / "my.toml"
    path.write_text("# mended by hand\n")
    answer = run(*options, "--output", path)
    assert answer.returncode == 2
    assert "is there already" in " ".join(answer.stderr.replace("│", " ").split())
    assert path.read_text() == "# mended by hand\n"


def test_a_preset_that_was_written_can_be_used(tmp_path):
    path = tmp_path / "my.toml"
    assert run("--show", "servicenow", "--output", path).returncode == 0
    file = FIELD / "23b-servicenow-default-list.csv"
    answer = run("tickets", file, "-m", path, "--dry-run")
    assert answer.returncode == 0, answer.stderr
    assert "1 new" in answer.stdout
