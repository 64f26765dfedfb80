"""`rapport topics` finds what another hand has made of a topic, and says what to do."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rapport.devkit.testing import empty_broker
from rapport.kafka.connection import Kafka
from rapport.kafka.topics import TopicsError, apply_topics
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
PARTITIONS = 4


@pytest.fixture(scope="module")
def kafka(kafka):
    """The broker of the whole run, without topics."""
    empty_broker(kafka)
    yield Kafka(kafka)
    empty_broker(kafka)


async def make_anew(kafka, name, cleanup):
    """Delete all topics except one, which has another cleanup policy."""
    admin = AIOKafkaAdminClient(**kafka.aiokafka)
    await admin.start()
    try:
        while topics := [one for one in await admin.list_topics() if not one.startswith("__")]:
            await admin.delete_topics(topics)
            await asyncio.sleep(0.1)
        made = NewTopic(name, PARTITIONS, 1, topic_configs={"cleanup.policy": cleanup})
        await admin.create_topics([made])
        while name not in await admin.list_topics():  # noqa: ASYNC110 # Kafka has no event for it
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


@pytest.mark.parametrize(
    ("name", "cleanup", "needed"),
    [
        (CHANGELOG_TOPIC, "delete", "compact"),
        (CHANGELOG_TOPIC, "compact,delete", "compact"),
        ("tickets", "compact", "delete"),
    ],
)
def test_a_topic_with_another_cleanup_is_refused_with_the_command_that_corrects_it(
    kafka, name, cleanup, needed
):
    asyncio.run(make_anew(kafka, name, cleanup))
    with pytest.raises(TopicsError) as caught:
        asyncio.run(apply_topics(kafka, PARTITIONS))
    message = str(caught.value)
    assert f"topic {name} has cleanup.policy={cleanup} and {needed} is needed" in message
    assert f"--entity-name {name} --add-config cleanup.policy={needed}" in message


def test_topics_that_it_made_itself_are_as_they_should_be(kafka):
    asyncio.run(make_anew(kafka, CHANGELOG_TOPIC, "compact"))
    assert CHANGELOG_TOPIC not in asyncio.run(apply_topics(kafka, PARTITIONS))
    assert asyncio.run(apply_topics(kafka, PARTITIONS)) == []
