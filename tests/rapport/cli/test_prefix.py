"""The commands with a prefix in the environment: what they print, and a wrong prefix."""

import os
import subprocess
import sys

import pytest

WRONG = (
    "rapport: RAPPORT_PREFIX='Test' is not a prefix of topic names; use lower-case letters and "
    "digits, with single dots or hyphens between them, and at most 40 characters, such as test\n"
)


def rapport(prefix, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "rapport", *arguments],
        env=os.environ | {"RAPPORT_PREFIX": prefix},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        ("worker", "--bootstrap", "127.0.0.1:1"),
        ("access", "publisher", "--print"),
        ("dead-letters", "list", "--bootstrap", "127.0.0.1:1"),
    ],
    ids=lambda command: command[0],
)
def test_a_wrong_prefix_is_one_sentence_with_exit_code_1(command, tmp_path):
    directory = ["--data-dir", str(tmp_path)] if command[0] == "worker" else []
    done = rapport("Test", *command, *directory)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", WRONG)


def test_access_prints_names_with_the_prefix():
    done = rapport("test", "access", "publisher", "--print", "--bootstrap", "kafka:9093")
    names = [line.partition("--topic ")[2] for line in done.stdout.splitlines()]
    feeds = ("clients", "tickets", "procurement", "surveys", "relationship")
    assert names == [f"test.{name}" for name in feeds]


def test_the_list_of_contracts_names_the_topics_to_write_to():
    done = rapport("test", "contracts", "list", "--json")
    assert '"topic": "test.tickets"' in done.stdout
    assert '"topic": "tickets"' not in done.stdout


def test_the_help_of_a_command_that_uses_kafka_names_the_variable():
    assert "RAPPORT_PREFIX" in " ".join(rapport("", "topics", "--help").stdout.split())
