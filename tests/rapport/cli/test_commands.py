"""`rapport --help` lists the commands of users, quickly; every command is found by its name."""

import json
import re
import subprocess
import sys

import pytest
from run_rapport import run_rapport as rapport

from rapport.cli.application import COMMANDS, MAINTAIN

HELP = """
import sys
from rapport.cli import main
sys.argv = ["rapport", *sys.argv[1:]]
try:
    main()
finally:
    print(*{"faust", "kafka", "pydantic", "rich"} & sys.modules.keys(), file=sys.stderr)
"""


def new_process(*arguments):
    command = [sys.executable, "-c", HELP, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def listed(ran):
    return {line.split()[0] for line in ran.stdout.splitlines() if re.match(r"  \w", line)}


def test_the_help_lists_what_users_need_and_imports_neither_faust_nor_kafka():
    ran = new_process("--help")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.split() == []
    users = {name for name, command in COMMANDS.items() if command.group != MAINTAIN}
    assert users <= listed(ran)
    assert "render" not in listed(ran)
    assert "Watch:" in ran.stdout
    assert "rich" not in ran.stderr


@pytest.mark.parametrize(
    ("group", "shown", "hidden"),
    [
        ("signals", "find", "evaluate"),
        ("contracts", "check", "release"),
        ("broker", "start", "lock"),
    ],
)
def test_a_command_of_maintainers_is_not_listed_and_works(group, shown, hidden):
    commands = listed(rapport(group, "--help"))
    assert shown in commands
    assert hidden not in commands
    assert "Usage" in rapport(group, hidden, "--help").stdout


@pytest.mark.parametrize("name", ["--version", "-h"])
def test_the_usual_options_work(name):
    ran = rapport(name)
    assert ran.returncode == 0
    assert "rapport" in ran.stdout


def test_each_example_of_a_help_text_has_a_line_of_its_own():
    lines = [line.strip() for line in rapport("explain", "-h").stdout.splitlines()]
    assert "rapport explain finance" in lines
    assert "rapport explain finance --since 7d --lang nl" in lines


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "law", "--lang", "de"),
        ("explain", "law", "--since", "4m"),
        ("digest", "--since", "soon"),
        ("digest", "--week", "--since", "2d"),
        ("digest", "--html", "--json"),
        ("digest", "--to", "relations@example.org"),
        ("digest", "--mail", "README.md"),
        ("history",),
        ("routes", "no-such-file"),
        ("policy", "check", "no-such-file"),
        ("import", "tickets", "no-such-file", "-m", "servicenow"),
        ("import", "tickets", "README.md", "-m", "no-such-preset"),
        ("import", "tickets", "README.md", "-m", "servicenow", "--since", "yesterday", "--dry-run"),
        ("import", "--guess", "README.md", "--cancel-missing"),
        ("import", "--guess", "README.md", "--since", "last"),
        ("signals", "find", "hello", "--lang", "de"),
        ("access", "manager"),
        ("dead-letters", "list", "--reason", "rude"),
        ("worker", "--log-level", "loud"),
    ],
    ids=" ".join,
)
def test_wrong_use_has_exit_code_2_and_no_traceback(arguments):
    ran = rapport(*arguments)
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.startswith("Usage: ")
    assert "Error: " in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Value error" not in ran.stderr


def test_a_wrong_name_is_answered_with_the_nearest():
    ran = rapport("rende")
    assert ran.returncode == 2
    assert "Did you mean 'render'?" in ran.stderr


def test_a_refused_policy_is_json_where_json_was_asked_for(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text("horizon_days = -1\n")
    ran = rapport("policy", "check", str(path), "--json")
    document = json.loads(ran.stdout)
    assert (ran.returncode, document["file"]) == (1, str(path))
    assert "horizon_days" in document["error"]


@pytest.mark.parametrize("command", ["topics", "history"])
def test_counts_are_json_where_json_is_asked_for(command):
    assert "--json" in rapport(command, "--help").stdout
