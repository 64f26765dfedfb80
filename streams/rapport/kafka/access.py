"""Access check: the ACLs that each role of Rapport needs, and whether Kafka grants them."""

from collections.abc import Iterable
from typing import Final

from rapport.kafka.acl import Grant, explain_missing, missing_grants
from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import KafkaAccessError, check_connection
from rapport_schemas.wire.registry import (
    AGREED_TEXTS_TOPIC,
    CLIENTS_TOPIC,
    DEAD_LETTERS_TOPIC,
    GROUP,
    ORGANISATION_TOPIC,
    RELATIONSHIP_HEALTH_TOPIC,
    SETTLED_DEAD_LETTERS_TOPIC,
    SUPPLIERS_TOPIC,
    TOPICS,
    WORKER_TOPICS,
)


def _topics(operation: str, names: Iterable[str]) -> list[Grant]:
    return [Grant("topic", name, operation) for name in names]


ORGANISATION_TOPICS: Final = (ORGANISATION_TOPIC, SUPPLIERS_TOPIC, AGREED_TEXTS_TOPIC)
"""Compacted topics of what IT and the organisation decided; the registry's publisher needs none."""
INPUTS: Final = (CLIENTS_TOPIC, *(name for name, topic in TOPICS.items() if topic.feeds_ledger))
LEDGER_INPUTS: Final = INPUTS[1:]
EVERY_TOPIC: Final = (*TOPICS, *WORKER_TOPICS, SETTLED_DEAD_LETTERS_TOPIC)
ROLES: Final[dict[str, tuple[Grant, ...]]] = {
    "worker": (
        *_topics("READ", (*INPUTS, *ORGANISATION_TOPICS, *WORKER_TOPICS)),
        # An event on the wrong partition is sent to the right one.
        *_topics(
            "WRITE", (*LEDGER_INPUTS, *WORKER_TOPICS, DEAD_LETTERS_TOPIC, RELATIONSHIP_HEALTH_TOPIC)
        ),
        # The first worker keeps the zone of the ledger beside the clients.
        *_topics("WRITE", (CLIENTS_TOPIC,)),
        # It counts the dead letters that were neither replayed nor discarded.
        *_topics("READ", (SETTLED_DEAD_LETTERS_TOPIC,)),
        Grant("group", GROUP, "READ"),
    ),
    "publisher": tuple(_topics("WRITE", INPUTS)),
    "intake": tuple(_topics("WRITE", (*INPUTS, *ORGANISATION_TOPICS))),
    "dead-letters": (
        *_topics("READ", (DEAD_LETTERS_TOPIC, SETTLED_DEAD_LETTERS_TOPIC)),
        *_topics("WRITE", (*LEDGER_INPUTS, SETTLED_DEAD_LETTERS_TOPIC)),
    ),
    "registry": (*_topics("READ", (CLIENTS_TOPIC,)), *_topics("WRITE", (CLIENTS_TOPIC,))),
    "organisation": tuple(
        grant
        for operation in ("READ", "WRITE")
        for grant in _topics(operation, ORGANISATION_TOPICS)
    ),
    "topics": tuple(
        grant
        for operation in ("CREATE", "DESCRIBE", "DESCRIBE_CONFIGS")
        for grant in _topics(operation, EVERY_TOPIC)
    ),
}
"""The least privileges of each role; `intake` and `publisher` publish, `dead-letters` replays them,
`registry` registers clients, `organisation` describes their place in the organisation, approves
suppliers and writes agreed texts, `topics` creates topics."""


def check_access(kafka: Kafka, role: str) -> None:
    """Return when this client can connect and has every ACL that its role needs.

    Raises `KafkaAccessError` with the missing ACLs and the commands that grant them. A topic that
    does not exist yet is not checked.
    """
    check_connection(kafka)
    missing = missing_grants(kafka, ROLES[role])
    if missing:
        raise KafkaAccessError(explain_missing(kafka, role, missing))
