"""`rapport --help` lists the commands of users, quickly; every command is found by its name."""

import subprocess
import sys

import pytest

from rapport.cli import COMMANDS

HELP = """
import sys
from rapport.cli import main
sys.argv = ["rapport", *sys.argv[1:]]
try:
    main()
finally:
    print(*{"faust", "kafka", "pydantic"} & sys.modules.keys(), file=sys.stderr)
"""


def rapport(*arguments):
    command = [sys.executable, "-c", HELP, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def listed(ran):
    rows = (line.strip("│ ").split() for line in ran.stdout.splitlines() if line.startswith("│"))
    return {row[0] for row in rows if row}


def test_the_help_lists_what_users_need_and_imports_neither_faust_nor_kafka():
    ran = rapport("--help")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.split() == []
    assert set(COMMANDS) - {"render"} <= listed(ran)
    assert "render" not in listed(ran)


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


def test_a_wrong_name_is_answered_with_the_nearest():
    ran = rapport("rende")
    assert ran.returncode == 2
    assert "Did you mean 'render'?" in ran.stderr
