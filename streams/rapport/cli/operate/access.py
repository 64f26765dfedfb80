"""`rapport access`: whether Kafka lets a part of Rapport in, and what rights it lacks."""

from enum import StrEnum
from typing import Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig


class Role(StrEnum):
    """The parts of Rapport that talk to Kafka."""

    WORKER = "worker"
    PUBLISHER = "publisher"
    INTAKE = "intake"
    DEAD_LETTERS = "dead-letters"
    REGISTRY = "registry"
    TOPICS = "topics"


Print = Annotated[
    bool,
    typer.Option("--print", help="Print the kafka-acls commands that give the rights."),
]
Principal = Annotated[
    str | None,
    typer.Option(
        help="Who gets the rights, with --print; else the configuration's user, else "
        "User:rapport-ROLE."
    ),
]


def access(
    role: Role,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    *,
    print_commands: Print = False,
    principal: Principal = None,
) -> None:
    """Check that Kafka lets ROLE in and gives it every right that it needs; exit code 1 when not.

    With --print it prints the kafka-acls commands that give ROLE these rights and no others.

    Example:  rapport access worker --kafka-config kafka.toml

    Example:  rapport access worker --print --bootstrap kafka:9093
    """
    from rapport.kafka.access import ROLES, check_access
    from rapport.kafka.acl import commands, principal_of
    from rapport.kafka.config_file import kafka_of

    kafka = kafka_of(bootstrap, kafka_config)
    if print_commands:
        configured = f"User:rapport-{role}" if kafka_config is None else principal_of(kafka)
        for line in commands(ROLES[role], principal or configured, kafka.bootstrap):
            typer.echo(line)
        return
    check_access(kafka, role)
    typer.echo(f"{principal_of(kafka)} has every right that the {role} needs at {kafka.bootstrap}")
