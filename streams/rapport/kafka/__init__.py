"""What a Kafka client needs beside its library: settings, ACLs, topics, raw batches and readers."""

from rapport_schemas.faces import lazy

__all__ = [
    "PARTITIONS",
    "ROLES",
    "Chunk",
    "Kafka",
    "KafkaAccessError",
    "KafkaLiveness",
    "KafkaUnreachableError",
    "RightsUnknownError",
    "TopicFollower",
    "apply_topics",
    "check_access",
    "check_connection",
    "commands",
    "kafka_of",
    "open_reader",
    "partition_of",
    "principal_of",
    "run_on",
]
__getattr__ = lazy(
    __name__,
    {
        "Chunk": "record_batch",
        "Kafka": "connection",
        "KafkaAccessError": "diagnostics",
        "KafkaLiveness": "liveness",
        "KafkaUnreachableError": "diagnostics",
        "PARTITIONS": "connection",
        "ROLES": "access",
        "RightsUnknownError": "acl",
        "TopicFollower": "topic_reader",
        "apply_topics": "topics",
        "check_access": "access",
        "check_connection": "diagnostics",
        "commands": "acl",
        "kafka_of": "config_file",
        "open_reader": "topic_reader",
        "partition_of": "partitioner",
        "principal_of": "acl",
        "run_on": "topic_reader",
    },
)
