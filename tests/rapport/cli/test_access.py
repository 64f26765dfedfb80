"""`rapport access ROLE --print`: the commands that grant a role its rights, and no others."""

import shlex
from itertools import pairwise

import pytest
import typer
from typer.testing import CliRunner

from rapport.cli.operate.access import Role, access
from rapport.kafka.access import ROLES

APP = typer.Typer()
APP.command()(access)
CONFIG = """bootstrap = "kafka-1:9093"
[sasl]
mechanism = "SCRAM-SHA-512"
username = "desk"
password_file = "password"
"""


def printed(*arguments):
    done = CliRunner().invoke(APP, [*arguments, "--print"], env={"RAPPORT_KAFKA_CONFIG": None})
    assert done.exit_code == 0, done.output
    return [shlex.split(line) for line in done.stdout.splitlines()]


def options(words):
    """The values of each option of a command line."""
    found = {}
    for name, value in pairwise(words):
        if name.startswith("--"):
            found.setdefault(name, []).append(value)
    return found


def granted(words):
    """(kind, name, operation) of each right that a kafka-acls command gives."""
    found = options(words)
    (kind,) = {"--topic", "--group"} & found.keys()
    (name,) = found[kind]
    names = {"Read": "READ", "Write": "WRITE", "Create": "CREATE", "Describe": "DESCRIBE"}
    names["DescribeConfigs"] = "DESCRIBE_CONFIGS"
    return {(kind.strip("-"), name, names[operation]) for operation in found["--operation"]}


@pytest.mark.parametrize("role", ROLES)
def test_the_commands_give_exactly_the_rights_that_are_tested_with_a_broker(role):
    lines = printed(role, "--bootstrap", "kafka:9093")
    rights = [right for words in lines for right in granted(words)]
    assert sorted(rights) == sorted(map(tuple, ROLES[role]))
    for words in lines:
        assert words[0] == "kafka-acls"
        assert "--add" in words
        assert options(words)["--bootstrap-server"] == ["kafka:9093"]
        assert options(words)["--allow-principal"] == [f"User:rapport-{role}"]


def test_every_role_can_be_asked_for():
    assert set(Role) == set(ROLES)


def test_the_rights_are_for_the_named_principal_or_the_user_of_the_configuration(tmp_path):
    (tmp_path / "password").touch(mode=0o600)
    (tmp_path / "password").write_text("geheim\n")
    file = tmp_path / "kafka.toml"
    file.touch(mode=0o600)
    file.write_text(CONFIG)
    named = ("--principal", "User:CN=desk,O=acme")
    for arguments, principal in (
        (("publisher", "--kafka-config", str(file)), "User:desk"),
        (("publisher", *named), "User:CN=desk,O=acme"),
        (("publisher", "--kafka-config", str(file), *named), "User:CN=desk,O=acme"),
    ):
        lines = printed(*arguments)
        assert lines
        assert {tuple(options(words)["--allow-principal"]) for words in lines} == {(principal,)}
        assert "geheim" not in str(lines)
