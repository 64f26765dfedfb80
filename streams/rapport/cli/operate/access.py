"""`rapport access`: checks the login and the rights (ACLs) of a role in Kafka."""

from enum import StrEnum
from typing import Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig


class Role(StrEnum):
    """The roles that use Kafka."""

    WORKER = "worker"
    PUBLISHER = "publisher"
    INTAKE = "intake"
    DEAD_LETTERS = "dead-letters"
    REGISTRY = "registry"
    ORGANISATION = "organisation"
    TOPICS = "topics"


Print = Annotated[
    bool, typer.Option("--print", help="Print the kafka-acls commands that give the rights.")
]
Principal = Annotated[
    str | None,
    typer.Option(
        help="With --print: who gets the rights; default: the configured user, else "
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
    """Check that ROLE can log in to Kafka and has every right it needs; exit code 1 when not.

    With --print, print the kafka-acls commands that give ROLE exactly these rights.

    Example:  rapport access worker --kafka-config kafka.toml

    Example:  rapport access worker --print --bootstrap kafka:9093
    """
    from rapport.kafka.access import ROLES, check_access
    from rapport.kafka.acl import acl_commands, principal_of
    from rapport.kafka.config_file import read_kafka_config

    kafka = read_kafka_config(bootstrap, kafka_config)
    if print_commands:
        configured = f"User:rapport-{role}" if kafka_config is None else principal_of(kafka)
        for line in acl_commands(ROLES[role], principal or configured, kafka.bootstrap):
            typer.echo(line)
        return
    check_access(kafka, role)
    typer.echo(f"{principal_of(kafka)} has every right that the {role} needs at {kafka.bootstrap}")
