"""Creates the topics that Rapport needs, with one partition count for everything it folds."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from rapport.schemas.errors import RapportError
from rapport.schemas.registry import TOPICS
from rapport.streams.shell.settings import GROUP, Kafka

LEDGER_TABLE = "ledger"
CHANGELOG_TOPIC = f"{GROUP}-{LEDGER_TABLE}-changelog"


class TopicsError(RapportError):
    """A topic is missing or differs from what the worker needs."""


async def apply_topics(kafka: Kafka, partitions: int, replication: int = 1) -> list[str]:
    """Create the topics that do not exist yet; return the names of those created.

    Raises `TopicsError` when an input topic exists with another number of partitions: the ledger
    is partitioned like its inputs, so the count of a running system is not changed by hand.
    """
    admin = AIOKafkaAdminClient(**kafka.aiokafka)
    await admin.start()
    try:
        wanted = _wanted(partitions, replication)
        existing = set(await admin.list_topics())
        await _check_partitions(admin, wanted, existing)
        missing = [topic for name, topic in wanted.items() if name not in existing]
        if missing:
            response = await admin.create_topics(missing, timeout_ms=30_000)
            for name, code, *_ in response.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise TopicsError(f"topic {name} could not be created: {for_code(code)}")
        return [topic.name for topic in missing]
    except KafkaError as error:
        raise TopicsError(f"topics could not be created at {kafka.bootstrap}: {error}") from error
    finally:
        await admin.close()


def _wanted(partitions: int, replication: int) -> dict[str, NewTopic]:
    topics = {
        name: NewTopic(
            name,
            partitions if topic.folded else topic.partitions,
            replication,
            topic_configs={"cleanup.policy": topic.cleanup},
        )
        for name, topic in TOPICS.items()
    }
    topics[CHANGELOG_TOPIC] = NewTopic(
        CHANGELOG_TOPIC, partitions, replication, topic_configs={"cleanup.policy": "compact"}
    )
    return topics


async def _check_partitions(
    admin: AIOKafkaAdminClient, wanted: dict[str, NewTopic], existing: set[str]
) -> None:
    shared = sorted(existing & set(wanted))
    for found in await admin.describe_topics(shared) if shared else []:
        name, have = found["topic"], len(found["partitions"])
        need = wanted[name].num_partitions
        if have != need:
            raise TopicsError(
                f"topic {name} has {have} partitions and {need} are needed; "
                f"start with --partitions {have}, or use another broker"
            )
