"""`rapport topics`: create the topics that Rapport needs."""

import asyncio
from typing import Annotated

import typer

from rapport.streams.shell.settings import PARTITIONS, Kafka


def topics(
    bootstrap: Annotated[str, typer.Option(help="Kafka's address.")] = "127.0.0.1:9092",
    partitions: Annotated[int, typer.Option(help="Partitions of the input topics.")] = PARTITIONS,
    replication: Annotated[int, typer.Option(help="Replicas of each partition.")] = 1,
) -> None:
    """Create the topics that do not exist yet; run again, it changes nothing.

    Example:  rapport topics --bootstrap 127.0.0.1:9092
    """
    from rapport.streams.shell.topics import apply_topics

    created = asyncio.run(apply_topics(Kafka(bootstrap), partitions, replication))
    typer.echo(f"created: {', '.join(created)}" if created else "every topic was there already")
