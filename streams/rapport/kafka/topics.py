"""Creates Rapport's topics, with one partition count for the inputs and the ledger."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from rapport.kafka.acl import Grant, explain_missing
from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import check_connection
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import (
    CHANGELOG_TOPICS,
    CLIENT_INPUTS_TOPIC,
    FLEET_TOPIC,
    SETTLED_DEAD_LETTERS_TOPIC,
    TOPICS,
)

CLEANUP: Final = "cleanup.policy"
WRONG_CLEANUP: Final = {
    "compact": "so Kafka keeps every record for ever, or deletes by age what is still needed",
    "delete": "so Kafka deletes events before they are old",
}
"""Required cleanup policy -> the effect of another one."""
CHANGELOG_CONFIG: Final = {CLEANUP: "compact", "min.compaction.lag.ms": str(3_600_000)}
"""The lag keeps a page that a zombie writer overwrote until it is repaired."""


class TopicsError(RapportError):
    """A topic is missing or differs from what the worker needs."""


async def apply_topics(kafka: Kafka, partitions: int, replication: int = 1) -> list[str]:
    """Create the topics that do not exist yet; return the names of those created.

    Raises `TopicsError` when an input topic has another number of partitions (the ledger is
    partitioned as its inputs are, so the count of a running system cannot change), and when a topic
    has another cleanup policy.
    """
    await asyncio.to_thread(check_connection, kafka)
    admin = AIOKafkaAdminClient(**kafka.aiokafka)
    await admin.start()
    try:
        required = _required(partitions, replication)
        existing = set(await admin.list_topics())
        await _check_partitions(admin, required, existing)
        await _check_cleanup(kafka, admin, required, existing)
        missing = [topic for name, topic in required.items() if name not in existing]
        if missing:
            response = await admin.create_topics(missing, timeout_ms=30_000)
            _check_created(kafka, response.topic_errors)
        return [topic.name for topic in missing]
    except KafkaError as error:
        raise TopicsError(f"topics could not be created at {kafka.bootstrap}: {error}") from error
    finally:
        await admin.close()


def _check_created(kafka: Kafka, answers: Iterable[tuple[Any, ...]]) -> None:
    errors = {name: for_code(code) for name, code, *_ in answers if code}
    forbidden = [name for name, error in errors.items() if error is TopicAuthorizationFailedError]
    if forbidden:
        missing = [Grant("topic", name, "CREATE") for name in forbidden]
        raise TopicsError(explain_missing(kafka, "topic creation", missing))
    for name, error in errors.items():
        if error is not TopicAlreadyExistsError:
            raise TopicsError(f"topic {name} could not be created: {error.__name__}")


def _required(partitions: int, replication: int) -> dict[str, NewTopic]:
    topics = {
        name: NewTopic(
            name,
            partitions if topic.feeds_ledger else topic.partitions,
            replication,
            topic_configs={CLEANUP: topic.cleanup},
        )
        for name, topic in TOPICS.items()
    }
    for name in CHANGELOG_TOPICS:
        topics[name] = NewTopic(name, partitions, replication, topic_configs=dict(CHANGELOG_CONFIG))
    for name in (SETTLED_DEAD_LETTERS_TOPIC, CLIENT_INPUTS_TOPIC, FLEET_TOPIC):
        topics[name] = NewTopic(name, 1, replication, topic_configs={CLEANUP: "compact"})
    return topics


async def _check_partitions(
    admin: AIOKafkaAdminClient, required: dict[str, NewTopic], existing: set[str]
) -> None:
    shared = sorted(existing & set(required))
    for description in await admin.describe_topics(shared) if shared else []:
        name, have = description["topic"], len(description["partitions"])
        need = required[name].num_partitions
        if have != need:
            raise TopicsError(
                f"topic {name} has {have} partitions and {need} are needed; "
                f"start with --partitions {have}, or use another broker"
            )


async def _check_cleanup(
    kafka: Kafka, admin: AIOKafkaAdminClient, required: dict[str, NewTopic], existing: set[str]
) -> None:
    shared = sorted(existing & set(required))
    topic = ConfigResourceType.TOPIC
    asked = [ConfigResource(topic, name, {CLEANUP: None}) for name in shared]
    for answer in await admin.describe_configs(asked) if asked else []:
        for code, _, _, name, entries in answer.resources:
            if for_code(code) is TopicAuthorizationFailedError:
                missing = [Grant("topic", name, "DESCRIBE_CONFIGS")]
                raise TopicsError(explain_missing(kafka, "check of topics", missing))
            need = required[name].topic_configs[CLEANUP]
            for key, have, *_ in entries:
                if key == CLEANUP and have != need:
                    raise TopicsError(_wrong_cleanup(kafka, name, have, need))


def _wrong_cleanup(kafka: Kafka, name: str, have: str, need: str) -> str:
    return (
        f"topic {name} has {CLEANUP}={have} and {need} is needed, {WRONG_CLEANUP[need]}. Let "
        f"Kafka's administrator run:\n  kafka-configs --bootstrap-server {kafka.bootstrap} "
        f"--alter --entity-type topics --entity-name {name} --add-config {CLEANUP}={need}"
    )
