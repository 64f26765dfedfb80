"""ACLs of a Kafka client: those that it lacks, and the commands that grant them."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError, GroupAuthorizationFailedError, KafkaError

from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import KafkaAccessError

TOPIC_AUTHORIZATION_FAILED: Final = 29


class RightsUnknownError(KafkaAccessError):
    """The broker did not state the ACLs of this client."""


class Grant(NamedTuple):
    """One ACL: an operation on a topic or a group, in Kafka's own names."""

    kind: str
    """topic or group."""
    name: str
    operation: str
    """READ, WRITE, CREATE, DESCRIBE or DESCRIBE_CONFIGS; the first two imply DESCRIBE."""


def principal_of(kafka: Kafka) -> str:
    """Return the principal of this client."""
    if kafka.sasl is not None:
        return f"User:{kafka.sasl.username}"
    if kafka.tls is not None and kafka.tls.cert_file is not None:
        return f"User:<the subject of {kafka.tls.cert_file}>"
    return "User:ANONYMOUS"


def acl_commands(grants: Iterable[Grant], principal: str, bootstrap: str) -> list[str]:
    """Return the command lines that add the grants, one per topic or group."""
    operations: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for grant in grants:
        operations[grant.kind, grant.name].append(grant.operation.title().replace("_", ""))
    return [
        f"kafka-acls --bootstrap-server {bootstrap} --command-config admin.properties --add "
        f"--allow-principal '{principal}' "
        + " ".join(f"--operation {operation}" for operation in names)
        + f" --{kind} {name}"
        for (kind, name), names in operations.items()
    ]


def explain_missing(kafka: Kafka, role: str, missing: Iterable[Grant]) -> str:
    """Return the message for missing grants, with the commands for an administrator."""
    missing = list(missing)
    lacks = ", ".join(f"{one.operation} on {one.kind} {one.name}" for one in missing)
    lines = "\n  ".join(acl_commands(missing, principal_of(kafka), kafka.bootstrap))
    return (
        f"{principal_of(kafka)} lacks rights (ACLs) that the {role} needs at {kafka.bootstrap}: "
        f"{lacks}. Let Kafka's administrator run:\n  {lines}"
    )


def missing_grants(kafka: Kafka, grants: Iterable[Grant]) -> list[Grant]:
    """Return the grants that this client lacks.

    Raises `RightsUnknownError` when the broker does not state them, as while it starts.
    """
    required = list(grants)
    admin: Any = KafkaAdminClient(**kafka.aiokafka)
    try:
        rights = _topic_rights(admin, {one.name for one in required if one.kind == "topic"})
        for name in {one.name for one in required if one.kind == "group"}:
            rights["group", name] = _group_rights(admin, name)
    except KafkaError as error:
        raise RightsUnknownError(
            f"Kafka at {kafka.bootstrap} did not say what this client may do: {error}; try again"
        ) from error
    finally:
        admin.close()
    return [one for one in required if one.operation not in rights.get(one[:2], {one.operation})]


def _topic_rights(admin: Any, names: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    rights = {}
    for topic in admin.describe_topics(sorted(names)):
        if topic["error_code"] == TOPIC_AUTHORIZATION_FAILED:
            rights["topic", topic["name"]] = set[str]()
        # Without operations the topic does not exist, or the broker has no authorizer.
        elif topic["authorized_operations"]:
            rights["topic", topic["name"]] = set(topic["authorized_operations"])
    return rights


@contextmanager
def _without_member_metadata() -> Iterator[None]:
    """Keep kafka-python from logging the bytes of a worker's metadata, which only Faust reads."""
    log = logging.getLogger("kafka.admin._groups")
    log.addFilter(_is_not_metadata)
    try:
        yield
    finally:
        log.removeFilter(_is_not_metadata)


def _is_not_metadata(record: logging.LogRecord) -> bool:
    return "Unable to decode member_" not in record.getMessage()


def _group_rights(admin: Any, name: str) -> set[str]:
    try:
        with _without_member_metadata():
            described = admin.describe_groups([name])[name]
    except GroupAuthorizationFailedError:
        return set()
    except CoordinatorNotAvailableError:
        described = {}  # the first group of a cluster: the broker accepted the request
    # For a group that never existed, Kafka only accepts the request.
    return set(described.get("authorized_operations") or {"READ"})
