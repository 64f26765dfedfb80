"""The field's files through the command: what it prints, its summary and its exit code."""

import json
from pathlib import Path

import pytest
from run_rapport import run_rapport

FIELD = Path(__file__).parents[3] / "data" / "field"


def dry_run(*arguments, folder=FIELD):
    """The exit code, the summary and the errors of an import that publishes nothing."""
    ran = run_rapport("import", *arguments, "--dry-run", "--json", cwd=folder)
    return ran.returncode, json.loads(ran.stdout), ran.stderr


def test_accounting_amounts_are_read_left_out_or_rejected():
    code, summary, _ = dry_run("purchases", "04-accounting-amounts.csv", "-m", "uk-council-spend")
    assert code == 3
    assert summary["new"] == 4
    assert summary["skipped"] == {"negative amount": 5, "zero": 3}
    assert summary["rejected"] == 3
    assert summary["inspection"]["decimal"] == "point; '£650.00' on line 2 shows it"
    assert summary["inspection"]["currencies"] == ["GBP"]


def test_an_answer_that_is_not_understood_is_counted_apart(tmp_path):
    text = (FIELD / "20-limesurvey-vv.csv").read_text().replace("{question_not_shown}", "bananas")
    (tmp_path / "answers.csv").write_text(text)
    code, summary, _ = dry_run("surveys", "answers.csv", "-m", "limesurvey", folder=tmp_path)
    assert (code, summary["new"], summary["rejected"]) == (3, 2, 0)
    assert summary["answers_rejected"] == 1
    (reason,) = summary["reasons"]
    assert reason.startswith("survey.answers.clarity: … is not an answer on the scale of 1 to 5")


@pytest.mark.parametrize("mark", ["comma", "point"])
def test_the_decimal_mark_by_option_settles_a_doubtful_file(tmp_path, mark):
    rows = "Date,Merchant,Amount,Department\n2026-03-02,Acme,1.250,Finance\n"
    (tmp_path / "ledger.csv").write_text(rows)
    by = ("purchases", "ledger.csv", "-m", "purchase-card-ledger")
    code, summary, errors = dry_run(*by, folder=tmp_path)
    assert (code, summary["new"]) == (3, 0)
    assert "'1.250' is either 1.25 (--decimal point), or 1250 (--decimal comma)" in " ".join(
        errors.split()
    )
    code, summary, _ = dry_run(*by, "--decimal", mark, "--currency", "EUR", folder=tmp_path)
    assert (code, summary["new"]) == (0, 1)
    assert summary["inspection"]["currencies"] == ["EUR"]
