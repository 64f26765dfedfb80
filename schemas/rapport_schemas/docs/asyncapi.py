"""Generator of the AsyncAPI 3.0 document: topics, the events that Rapport consumes and publishes.

The document refers to the JSON Schemas beside it; the version of a contract is in its name. Its
topics are named without a prefix.
"""

from typing import Any, Final

from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.envelope import EVENT_BYTES_MAX, ID_CHARACTERS_MAX
from rapport_schemas.wire.registry import (
    AGREED_TEXTS_TOPIC,
    CONTRACTS,
    DEAD_LETTER,
    EVERY_CONTRACT,
    PUBLISHED,
    SUPPLIERS_TOPIC,
    TOPICS,
    Contract,
    Topic,
)
from rapport_schemas.wire.topic_names import unprefixed

BINDING_VERSION: Final = "0.5.0"
_TOPIC_SUMMARIES: Final = {
    "clients": "The registry of clients; compacted, so that it is read whole at every start.",
    "tickets": "What happens to requests and incidents.",
    "procurement": "What clients buy, with or without IT.",
    "surveys": "Survey invitations and answers.",
    "relationship": "Signals, touchpoints, client knowledge, promises, proposals, and what people"
    " record with text to keep.",
    "organisation": "Each client's place in the organisation; compacted.",
    "suppliers": "Suppliers that IT approved, for one client or for all; compacted.",
    "agreed-texts": "The agreed message of IT, and what it offers; compacted.",
    "dead-letters": "Records that were rejected, with the reason.",
    "relationship-health": "Every change of a client's score, with its exact causes.",
}
_COMPOUND_KEYS: Final = {SUPPLIERS_TOPIC, AGREED_TEXTS_TOPIC}
"""Topics whose keys have more in them than the client."""
_PARTITIONING: Final = (
    " The key is the client, so that all events of one client are in one partition; the number of"
    " partitions is that of `rapport topics --partitions`, the same for every input topic."
)
_DESCRIPTION: Final = (
    "Rapport reads events about the relationship between an IT department and its clients, and"
    " publishes how that relationship changes. Events are CloudEvents 1.0; binary mode is shown"
    f" here, structured mode is read too. An event has at most {EVENT_BYTES_MAX} bytes."
)


def asyncapi_document() -> dict[str, Any]:
    """Return the document, as JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rapport",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {unprefixed(topic.name): _channel(topic) for topic in TOPICS.values()},
        "operations": {_operation_name(name): _operation(name) for name in TOPICS},
        "components": {
            "messages": {name: _message(contract) for name, contract in EVERY_CONTRACT.items()},
            "schemas": {"CloudEventHeaders": _cloudevent_headers()},
        },
    }


def _contracts_of(topic: str) -> list[Contract]:
    return [contract for contract in EVERY_CONTRACT.values() if contract.topic == topic]


def _channel(topic: Topic) -> dict[str, Any]:
    name = unprefixed(topic.name)
    summary = _TOPIC_SUMMARIES[name]
    binding: dict[str, Any] = {
        "topic": name,
        "topicConfiguration": {"cleanup.policy": [topic.cleanup]},
        "bindingVersion": BINDING_VERSION,
    }
    if not topic.feeds_ledger:
        binding["partitions"] = topic.partitions
    types = [contract.type for contract in _contracts_of(topic.name)]
    return {
        "address": name,
        "summary": summary,
        "description": summary + (_PARTITIONING if topic.feeds_ledger else ""),
        "messages": {one: {"$ref": f"#/components/messages/{one}"} for one in types},
        "bindings": {"kafka": binding},
    }


def _is_sent(topic: str) -> bool:
    return all(contract.type not in CONTRACTS for contract in _contracts_of(topic))


def _operation_name(topic: str) -> str:
    return f"{'send' if _is_sent(topic) else 'receive'}-{unprefixed(topic)}"


def _operation(topic: str) -> dict[str, Any]:
    channel = f"#/channels/{unprefixed(topic)}"
    names = [contract.type for contract in _contracts_of(topic)]
    return {
        "action": "send" if _is_sent(topic) else "receive",
        "channel": {"$ref": channel},
        "summary": _TOPIC_SUMMARIES[unprefixed(topic)],
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
    }


def _message(contract: Contract) -> dict[str, Any]:
    if contract is DEAD_LETTER:
        return _dead_letter_message()
    summary = summary_of(contract)
    # AsyncAPI's own schema refuses a bare $ref as key: it matches two alternatives of a oneOf.
    is_compound = contract.topic in _COMPOUND_KEYS
    reference = {"$ref": f"{contract.type}.json#/properties/client"}
    key = {"type": "string"} if is_compound else {"allOf": [reference]}
    return {
        "name": contract.type,
        "title": contract.model.__name__,
        "summary": summary,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}],
            "properties": {"ce_type": {"const": contract.type}},
        },
        "payload": {"$ref": f"{contract.type}.json"},
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING_VERSION}},
        "examples": [
            {
                "name": "good",
                "summary": summary,
                "headers": _example_headers(contract.type),
                "payload": EXAMPLES[contract.type].good,
            }
        ],
    }


def summary_of(contract: Contract) -> str:
    """Return the first paragraph of a contract's description, on one line."""
    return " ".join((contract.model.__doc__ or "").split("\n\n")[0].split())


def _cloudevent_headers() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    properties = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {
            **text,
            "maxLength": ID_CHARACTERS_MAX,
            "description": "With ce_source, the identity of the event: sent twice, it counts once.",
        },
        "ce_source": {**text, "description": "The publishing service, as `urn:acme:desk`."},
        "ce_type": {"type": "string"},
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "description": "The event's own time, RFC 3339, with its zone.",
        },
        "ce_partitionkey": {"type": "string", "description": "The client, as the record's key."},
        "content-type": {"type": "string", "description": "`application/json`; may be left out."},
    }
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"]
    return {"type": "object", "properties": properties, "required": required}


def _example_headers(event_type: str) -> dict[str, str]:
    source = "urn:rapport:worker" if event_type in PUBLISHED else "urn:acme:desk"
    return {
        "ce_specversion": "1.0",
        "ce_id": "4f0c2b1e",
        "ce_source": source,
        "ce_type": event_type,
        "ce_time": "2026-03-02T09:30:00Z",
        "ce_partitionkey": "finance",
        "content-type": "application/json",
    }


def _dead_letter_message() -> dict[str, Any]:
    header = {
        "type": "string",
        "contentMediaType": "application/json",
        "description": f"JSON of {DEAD_LETTER.type}: the reason, the path, the origin.",
    }
    return {
        "name": DEAD_LETTER.type,
        "title": DEAD_LETTER.model.__name__,
        "summary": summary_of(DEAD_LETTER),
        "description": "Not a CloudEvent of its own: the original record with one more header.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {DEAD_LETTER_HEADER: header},
            "required": [DEAD_LETTER_HEADER],
            "x-schema-of-header": {"$ref": f"{DEAD_LETTER.type}.json"},
        },
        "bindings": {
            "kafka": {
                "key": {"description": "The key of the original record; may be missing."},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }
