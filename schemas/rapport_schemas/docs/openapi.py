"""Generator of the OpenAPI 3.1 document of the HTTP intake.

The committed document refers to the JSON Schemas beside it; the served one contains them.
"""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.content_type import BATCH_TYPE, JSON_TYPE, STRUCTURED_TYPE
from rapport_schemas.wire.envelope import ID_CHARACTERS_MAX
from rapport_schemas.wire.http import (
    ATTRIBUTE_CHARACTERS_MAX,
    BATCH_EVENTS_MAX,
    BODY_BYTES_MAX,
    PROBLEM_TYPE,
    STATUS_OF_REASON,
    title,
)
from rapport_schemas.wire.registry import CONTRACTS

_REF: Final = "#/components/schemas/"
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": ATTRIBUTE_CHARACTERS_MAX}
_ATTRIBUTES: Final[dict[str, dict[str, Any]]] = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "minLength": 1, "maxLength": ID_CHARACTERS_MAX},
    "source": {**_TEXT, "format": "uri-reference"},
    "type": {"enum": list(CONTRACTS)},
    "time": {"type": "string", "format": "date-time"},
}
_DESCRIPTION: Final = f"""\
CloudEvents 1.0 over HTTP in binary, structured and batch mode, UTF-8, not compressed.

202 means that Kafka has the event on every in-sync replica. Sending an event again, alone or in a
batch, is harmless: source and id identify an event. 408, 429 and 5xx are temporary: send the same
again, after `Retry-After` seconds where it is given. A batch of up to {BATCH_EVENTS_MAX} events is
answered event by event: with the one status that all share, with 503 if any may be taken later,
else with 207."""


def openapi_document(*, bundled: bool = False) -> dict[str, Any]:
    """Return the document; if `bundled`, with the contracts in it."""
    references = {each.model.__name__: {"$ref": f"{name}.json"} for name, each in CONTRACTS.items()}
    contracts = _bundled_contracts() if bundled else references
    data = {"Data": {"anyOf": [_ref(each.model.__name__) for each in CONTRACTS.values()]}}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Rapport intake",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/events": {"post": _post()},
            **{path: {"get": _get(*words)} for path, words in _READ.items()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**contracts, **data, **_event_schemas(), **_answer_schemas()},
        },
    }


_READ: Final = {
    "/healthz": ("health", "The process is alive.", "text/plain"),
    "/ready": ("ready", "Kafka can be reached and has the topics; 503 when not.", "text/plain"),
    "/metrics": ("metrics", "The intake's own metrics, for Prometheus.", "text/plain"),
    "/openapi.json": ("openapi", "This document.", JSON_TYPE),
}


def _get(operation: str, summary: str, media_type: str) -> dict[str, Any]:
    content: dict[str, Any] = {media_type: {}}
    responses = {"200": {"description": summary, "content": content}}
    if operation == "ready":
        responses["503"] = {"description": "Not ready; the text says why.", "content": content}
    return {"operationId": operation, "summary": summary, "responses": responses}


def _post() -> dict[str, Any]:
    return {
        "operationId": "postEvents",
        "summary": "Publish one event, or a batch.",
        "security": [{"token": []}, {}],
        "parameters": [_header(name) for name in _ATTRIBUTES],
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED_TYPE: {"schema": _ref("Event"), "example": _example()},
                BATCH_TYPE: {"schema": _ref("Batch"), "example": [_example()]},
                JSON_TYPE: {"schema": _ref("Data"), "example": _example()["data"]},
            },
        },
        "responses": _responses(),
    }


def _header(name: str) -> dict[str, Any]:
    return {
        "name": f"ce-{name}",
        "in": "header",
        "required": False,
        "description": f"In binary mode: the event's {name}, percent-encoded; required there.",
        "schema": _ATTRIBUTES[name],
    }


def _responses() -> dict[str, Any]:
    taken = {JSON_TYPE: {"schema": {"oneOf": [_ref("Result"), _ref("BatchResult")]}}}
    by_status: dict[int, list[str]] = {}
    for reason, status in STATUS_OF_REASON.items():
        by_status.setdefault(int(status), []).append(reason)
    for not_of_events in (404, 405):
        del by_status[not_of_events]
    return {
        "202": {"description": "Kafka has every event.", "content": taken},
        "207": {
            "description": "A batch of which some events were refused for good.",
            "content": {JSON_TYPE: {"schema": _ref("BatchResult")}},
        },
        **{str(status): _refusal(status, by_status[status]) for status in sorted(by_status)},
    }


def _refusal(status: int, reasons: list[str]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": "; ".join(f"`{reason}`: {title(reason)}" for reason in reasons),
        "content": {
            PROBLEM_TYPE: {"schema": _ref("Problem")},
            JSON_TYPE: {"schema": _ref("BatchResult")},
        },
    }
    if status in {429, 503}:
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        response["headers"] = {"Retry-After": seconds}
    return response


def _bundled_contracts() -> dict[str, Any]:
    models = [(contract.model, "validation") for contract in CONTRACTS.values()]
    _, definitions = models_json_schema(models, ref_template=f"{_REF}{{model}}")  # type: ignore[arg-type] # a list of pairs of exactly these
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _event_schemas() -> dict[str, Any]:
    of_type = {name: f"{contract.model.__name__}Event" for name, contract in CONTRACTS.items()}
    events = {of_type[name]: _event(name) for name in CONTRACTS}
    mapping = {name: _REF + title_ for name, title_ in of_type.items()}
    return {
        "CloudEvent": {
            "type": "object",
            "required": [*_ATTRIBUTES, "data"],
            "properties": {**_ATTRIBUTES, "datacontenttype": {"const": JSON_TYPE}},
        },
        **events,
        "Event": {
            "oneOf": [_ref(name) for name in events],
            "discriminator": {"propertyName": "type", "mapping": mapping},
            "description": f"At most {BODY_BYTES_MAX[STRUCTURED_TYPE]} bytes.",
        },
        "Batch": {
            "type": "array",
            "items": _ref("Event"),
            "maxItems": BATCH_EVENTS_MAX,
            "description": f"At most {BODY_BYTES_MAX[BATCH_TYPE]} bytes.",
        },
    }


def _event(name: str) -> dict[str, Any]:
    own = {"type": {"const": name}, "data": _ref(CONTRACTS[name].model.__name__)}
    return {"allOf": [_ref("CloudEvent")], "properties": own}


def _answer_schemas() -> dict[str, Any]:
    result = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": {"type": ["string", "null"]},
            "status": {"type": "integer"},
            "error": _ref("Problem"),
        },
    }
    return {
        "Result": result,
        "BatchResult": {
            "type": "object",
            "required": ["accepted", "results"],
            "properties": {
                "accepted": {"type": "integer", "minimum": 0},
                "results": {"type": "array", "items": _ref("Result")},
            },
        },
        "Problem": _problem(),
    }


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    path = {**text, "description": "The path of the error, as data.priority or headers.ce-id."}
    return {
        "description": "RFC 9457.",
        "type": "object",
        "required": ["type", "title", "status", "reason", "path", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "reason": {"enum": list(STATUS_OF_REASON)},
            "path": path,
            "detail": text,
        },
    }


def _example() -> dict[str, Any]:
    name = "rapport.ticket.opened.v1"
    return {
        "specversion": "1.0",
        "id": "INC0012345/opened",
        "source": "urn:acme:desk",
        "type": name,
        "time": "2026-03-02T09:30:00Z",
        "datacontenttype": JSON_TYPE,
        "data": EXAMPLES[name].good,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF + name}
