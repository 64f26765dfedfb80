"""The client that a command names, by the registry where its user may read it."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rapport.kafka.connection import Kafka


def known_client(kafka: "Kafka", name: str) -> str:
    """Return the id of the client with this id, alias or name; unchecked without the right to."""
    from rapport.admin.registry import read_registry
    from rapport.domain.clients.registry import find_client
    from rapport.kafka.acl import Grant, missing_grants
    from rapport.kafka.topic_reader import run_on
    from rapport_schemas.wire.registry import CLIENTS_TOPIC

    if missing_grants(kafka, [Grant("topic", CLIENTS_TOPIC, "READ")]):
        typer.echo("this user may not read the registry: the client is not checked", err=True)
        return name
    return find_client(run_on(kafka, read_registry(kafka)), name).id
