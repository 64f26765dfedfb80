"""What a client may do in Kafka: asked of the broker, and said so that somebody can grant it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError, GroupAuthorizationFailedError, KafkaError

from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import KafkaAccessError

TOPIC_AUTHORIZATION_FAILED: Final = 29


class RightsUnknownError(KafkaAccessError):
    """The broker did not say what this client may do."""


class Grant(NamedTuple):
    """The right to do one thing with one topic or group; names are Kafka's own."""

    kind: str
    """topic or group."""
    name: str
    operation: str
    """READ, WRITE, CREATE, DESCRIBE or DESCRIBE_CONFIGS; the first two let describe too."""


def principal_of(kafka: Kafka) -> str:
    """Return whom the broker takes this client for."""
    if kafka.sasl is not None:
        return f"User:{kafka.sasl.username}"
    if kafka.tls is not None and kafka.tls.cert_file is not None:
        return f"User:<the subject of {kafka.tls.cert_file}>"
    return "User:ANONYMOUS"


def commands(grants: Iterable[Grant], principal: str, bootstrap: str) -> list[str]:
    """Return the command lines that give the grants, one per topic or group."""
    operations: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for grant in grants:
        operations[grant.kind, grant.name].append(grant.operation.title().replace("_", ""))
    return [
        f"kafka-acls --bootstrap-server {bootstrap} --command-config admin.properties --add "
        f"--allow-principal '{principal}' "
        + " ".join(f"--operation {operation}" for operation in wanted)
        + f" --{kind} {name}"
        for (kind, name), wanted in operations.items()
    ]


def explain_missing(kafka: Kafka, role: str, missing: Iterable[Grant]) -> str:
    """Return what a role lacks and what an administrator can run."""
    missing = list(missing)
    lacks = ", ".join(f"{one.operation} on {one.kind} {one.name}" for one in missing)
    lines = "\n  ".join(commands(missing, principal_of(kafka), kafka.bootstrap))
    return (
        f"{principal_of(kafka)} lacks rights (ACLs) that the {role} needs at {kafka.bootstrap}: "
        f"{lacks}. Let Kafka's administrator run:\n  {lines}"
    )


def missing_grants(kafka: Kafka, grants: Iterable[Grant]) -> list[Grant]:
    """Return the grants that the broker does not give to this client.

    Raises `RightsUnknownError` when it does not say, as while it starts.
    """
    wanted = list(grants)
    admin: Any = KafkaAdminClient(**kafka.aiokafka)
    try:
        rights = _topic_rights(admin, {one.name for one in wanted if one.kind == "topic"})
        for name in {one.name for one in wanted if one.kind == "group"}:
            rights["group", name] = _group_rights(admin, name)
    except KafkaError as error:
        raise RightsUnknownError(
            f"Kafka at {kafka.bootstrap} did not say what this client may do: {error}; try again"
        ) from error
    finally:
        admin.close()
    return [one for one in wanted if one.operation not in rights.get(one[:2], {one.operation})]


def _topic_rights(admin: Any, names: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    found = {}
    for topic in admin.describe_topics(sorted(names)):
        if topic["error_code"] == TOPIC_AUTHORIZATION_FAILED:
            found["topic", topic["name"]] = set[str]()
        elif topic[
            "authorized_operations"
        ]:  # else it does not exist, or no one is asked for rights
            found["topic", topic["name"]] = set(topic["authorized_operations"])
    return found


def _group_rights(admin: Any, name: str) -> set[str]:
    try:
        described = admin.describe_groups([name])[name]
    except GroupAuthorizationFailedError:
        return set()
    except CoordinatorNotAvailableError:
        described = {}  # the first group of a cluster: the right to ask was there
    # Of a group that has never been, Kafka tells no more than that one may ask.
    return set(described.get("authorized_operations") or {"READ"})
