"""`rapport topics`: creates the topics."""

import asyncio
import json
from typing import Annotated

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, kafka_to_write
from rapport.kafka.connection import PARTITIONS


def topics(
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    partitions: Annotated[int, typer.Option(help="Partitions of the input topics.")] = PARTITIONS,
    replication: Annotated[int, typer.Option(help="Replicas of each partition.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the created topics as JSON.")
    ] = False,
) -> None:
    """Create the missing topics; running it again changes nothing.

    Examples:  rapport topics --bootstrap kafka:9092  ·  rapport topics --kafka-config kafka.toml
    """
    from rapport.kafka.topics import apply_topics

    kafka = kafka_to_write(bootstrap, kafka_config)
    created = asyncio.run(apply_topics(kafka, partitions, replication))
    if as_json:
        typer.echo(json.dumps({"created": created}, indent=2))
        return
    typer.echo(f"created: {', '.join(created)}" if created else "every topic exists already")
