"""`rapport topics`: creates the topics."""

import asyncio
from typing import Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig
from rapport.kafka.connection import PARTITIONS


def topics(
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    partitions: Annotated[int, typer.Option(help="Partitions of the input topics.")] = PARTITIONS,
    replication: Annotated[int, typer.Option(help="Replicas of each partition.")] = 1,
) -> None:
    """Create the missing topics; running it again changes nothing.

    Examples:  rapport topics --bootstrap kafka:9092  ·  rapport topics --kafka-config kafka.toml
    """
    from rapport.kafka.config_file import read_kafka_config
    from rapport.kafka.topics import apply_topics

    kafka = read_kafka_config(bootstrap, kafka_config)
    created = asyncio.run(apply_topics(kafka, partitions, replication))
    typer.echo(f"created: {', '.join(created)}" if created else "every topic exists already")
