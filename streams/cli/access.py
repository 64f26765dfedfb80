"""`rapport access`: whether Kafka lets a part of Rapport in, and what rights it lacks."""

from enum import StrEnum

import typer

from rapport.streams.cli.options import Bootstrap, KafkaConfig


class Role(StrEnum):
    """The parts of Rapport that talk to Kafka."""

    WORKER = "worker"
    PUBLISHER = "publisher"
    INTAKE = "intake"
    LETTERS = "letters"
    REGISTRY = "registry"


def access(role: Role, bootstrap: Bootstrap = None, kafka_config: KafkaConfig = None) -> None:
    """Check that Kafka lets ROLE in and gives it every right that it needs; exit code 1 when not.

    Example:  rapport access worker --kafka-config kafka.toml
    """
    from rapport.streams.shell.access import check_access
    from rapport.streams.shell.kafka_config import kafka_of
    from rapport.streams.shell.kafka_rights import principal

    kafka = kafka_of(bootstrap, kafka_config)
    check_access(kafka, role)
    typer.echo(f"{principal(kafka)} has every right that the {role} needs at {kafka.bootstrap}")
