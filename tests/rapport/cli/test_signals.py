"""`rapport signals` as a person types it: what it prints, its exit codes, and bad input."""

import io
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rapport.cli import main

ROOT = Path(__file__).parents[3]
GOOD = {"text": "What does IT do?", "lang": "en", "labels": ["unclear_role"]}


@pytest.fixture
def rapport(monkeypatch, capsys):
    """Run the command in this process; each run anew would take a second."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["rapport", "signals", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        error = ended.value.code if isinstance(ended.value.code, str) else ""
        code = 1 if error else ended.value.code or 0
        return SimpleNamespace(returncode=code, stdout=output.out, stderr=output.err + error)

    return run


def lines(tmp_path, *rows):
    file = tmp_path / "labelled.jsonl"
    file.write_text("".join(f"{json.dumps(r) if isinstance(r, dict) else r}\n" for r in rows))
    return str(file)


def test_find_prints_each_signal_with_the_words_that_say_so(rapport):
    ran = rapport("find", "We bought our own tool because IT was too slow. What does IT do?")
    assert ran.returncode == 0
    assert ran.stdout.splitlines() == [
        "external_supplier: bought our own tool + IT was too slow",
        "unclear_role: what does IT do",
    ]


def test_find_reads_standard_input_and_writes_json(rapport):
    ran = rapport("find", "--json", stdin="Wat doet IT eigenlijk?\n")
    assert json.loads(ran.stdout) == [{"signal": "unclear_role", "matched": ["wat doet IT"]}]
    assert rapport("find", "The printer is broken").stdout == "no signal\n"


def test_find_says_when_it_read_a_part_and_refuses_too_much(rapport):
    ran = rapport("find", stdin="What does IT do? " * 1_000)
    assert "only the first 8192 characters are read" in ran.stderr
    assert ran.stdout.startswith("unclear_role")
    ran = rapport("find", stdin="x" * 65_537)
    assert (ran.returncode, "longer than 65536 characters" in ran.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("find", " "), "the text is empty"),
        (("find", "x", "--vocabulary", "nowhere.toml"), "nowhere.toml cannot be read"),
        (("evaluate", "nowhere.jsonl"), "nowhere.jsonl cannot be read"),
    ],
)
def test_bad_arguments_are_one_line_with_what_was_expected(rapport, arguments, message):
    ran = rapport(*arguments)
    assert ran.returncode == 1
    assert message in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "has no labelled text"),
        ((GOOD, "not json"), "line 2: the line: Invalid JSON"),
        ((GOOD, "", {"text": "x", "labels": ["joy"]}), "line 3: labels.0: Input should be"),
        (({"text": "x", "lang": "fr", "labels": []},), "line 1: lang: Input should be"),
        (({"text": "", "labels": []},), "line 1: text: String should have at least 1"),
        (({"text": "x" * 65_537, "labels": []},), "line 1: text: String should have at most 65536"),
        (({"labels": []},), "line 1: text: Field required"),
    ],
)
def test_a_bad_labelled_file_is_refused_with_the_line_and_what_was_expected(
    rapport, tmp_path, rows, message
):
    ran = rapport("evaluate", lines(tmp_path, *rows))
    assert ran.returncode == 1
    assert message in ran.stderr
    assert "expected" in ran.stderr


def test_evaluate_counts_per_language_and_signal_and_passes_when_the_gates_hold(rapport, tmp_path):
    file = lines(tmp_path, GOOD, {"text": "Mijn scherm is zwart.", "labels": []})
    ran = rapport("evaluate", file, "--json")
    assert ran.returncode == 0
    rows = {(row["language"], row["signal"]): row for row in json.loads(ran.stdout)}
    assert rows["en", "unclear_role"] == {
        "language": "en",
        "signal": "unclear_role",
        "support": 1,
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
        "hard_negatives": 0,
        "false_alarms": None,
        "passed": True,
    }
    assert rows["any", "any"]["false_alarms"] == 0.0


def test_evaluate_fails_a_gate_with_exit_code_1_and_lists_the_faults(rapport, tmp_path):
    file = lines(
        tmp_path,
        {"text": "What does IT do?", "lang": "en", "labels": []},
        {"text": "Xyzzy.", "lang": "en", "labels": ["options_open"]},
    )
    ran = rapport("evaluate", file, "--verbose")
    assert ran.returncode == 1
    assert "missed options_open (en): Xyzzy." in ran.stdout
    assert "false alarm unclear_role (en): What does IT do?  <- what does IT do" in ran.stdout
    assert re.search(r"en +options_open +1 +- +0\.00 +0\.00 +0\.00 +fail", ran.stdout)


def test_the_example_of_an_extension_in_the_documentation_works(rapport, tmp_path):
    page = (ROOT / "docs" / "signals.md").read_text()
    example = re.search(r"```toml\n(.+?)```", page, re.DOTALL).group(1)
    file = tmp_path / "ours.toml"
    file.write_text(example)
    documented_text = re.search(r'rapport signals find "([^"]+)" --vocabulary', page).group(1)
    assert rapport("find", documented_text).stdout == "no signal\n"
    ran = rapport("find", documented_text, "--vocabulary", str(file))
    assert ran.stdout.rstrip() in page
    assert ran.stdout.startswith("external_supplier: ")


def test_a_bad_extension_is_refused_with_the_location_and_the_reason(rapport, tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text("[en.phrases]\nit_fails = '<nobody> left'\n")
    ran = rapport("find", "x", "--vocabulary", str(file))
    assert ran.returncode == 1
    assert f"{file}: en.phrases.it_fails: <nobody> is not a class of words" in ran.stderr
