"""`rapport import` of a doubtful file: exit code 3, both readings, and what settles it."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from run_rapport import run_rapport

from rapport.runtime.child_process import rapport_command

FIELD = Path(__file__).parents[3] / "data" / "field"
SWAPPED = FIELD / "05-month-first-under-a-day-first-preset.csv"
BOTH = FIELD / "05b-two-orders-in-one-file.csv"


def dry_run(kind, path, preset, *options, run=run_rapport):
    options = ("-m", preset, "--dry-run", "--json", *options)
    done = run("import", kind, path, *options, env={"COLUMNS": "1000"})
    return done.returncode, json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("path", [SWAPPED, BOTH], ids=["the other order", "both orders"])
def test_a_doubtful_file_is_refused_whole(path):
    code, summary, message = dry_run("purchases", path, "uk-council-spend")
    assert code == 3
    assert (summary["read"], summary["published"]) == (0, 0)
    assert len(summary["inspection"]["doubts"]) == 1
    assert "3 February 2026" in message or "3 April 2026" in message
    assert "2 March 2026" in message or "4 March 2026" in message
    assert "--date-order" in message


def test_the_option_reads_the_file():
    code, summary, _ = dry_run(
        "purchases", SWAPPED, "uk-council-spend", "--date-order", "month-first"
    )
    assert (code, summary["new"], summary["first_day"]) == (0, 4, "2026-03-04")
    code, summary, _ = dry_run("purchases", BOTH, "uk-council-spend", "--date-order", "day-first")
    assert (code, summary["new"], summary["rejected"]) == (3, 4, 2)


def in_amsterdam(*arguments, env):
    """Run a command on a machine of that zone, which a process reads once."""
    variables = {**os.environ, "TZ": "Europe/Amsterdam", **env}
    command = rapport_command(*map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables)


def test_an_export_made_now_in_local_time_needs_its_zone(tmp_path):
    now = datetime.now(UTC).astimezone(ZoneInfo("Europe/Amsterdam")) - timedelta(minutes=5)
    path = tmp_path / "local-now.csv"
    path.write_text(
        "Number,Opened,Resolved,Priority,Department,Made SLA\n"
        f"INC9,{now:%Y-%m-%d %H:%M:%S},,2 - High,Finance,true\n"
    )
    code, summary, _ = dry_run("tickets", path, "servicenow", run=in_amsterdam)
    assert code == 3
    assert "--zone Europe/Amsterdam" in summary["inspection"]["zone"]
    assert "--zone Europe/Amsterdam" in next(iter(summary["reasons"]))
    code, summary, _ = dry_run("tickets", path, "servicenow", "--zone", "Europe/Amsterdam")
    assert (code, summary["new"]) == (0, 1)
    assert summary["inspection"]["zone"] == "Europe/Amsterdam, as was said"
