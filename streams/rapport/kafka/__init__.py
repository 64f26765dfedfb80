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
    "acl_commands",
    "apply_topics",
    "check_access",
    "check_connection",
    "open_reader",
    "partition_of",
    "principal_of",
    "read_kafka_config",
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
        "acl_commands": "acl",
        "apply_topics": "topics",
        "check_access": "access",
        "check_connection": "diagnostics",
        "open_reader": "topic_reader",
        "partition_of": "partitioner",
        "principal_of": "acl",
        "read_kafka_config": "config_file",
        "run_on": "topic_reader",
    },
)
