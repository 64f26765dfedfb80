"""Generator of `schemas/json`: the contracts as JSON Schema, AsyncAPI and OpenAPI.

Topics are named without a prefix: the documents are the same for every installation.
"""

import json
from typing import Any

from rapport_schemas.docs.asyncapi import asyncapi_document
from rapport_schemas.docs.openapi import openapi_document
from rapport_schemas.wire.registry import EVERY_CONTRACT
from rapport_schemas.wire.topic_names import unprefixed


def contract_documents() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every contract, by its name."""
    return {name: contract_document(name) for name in EVERY_CONTRACT}


def contract_document(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one contract."""
    contract = EVERY_CONTRACT[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:rapport:schema:{contract.type}",
        "x-topic": unprefixed(contract.topic),
        **contract.adapter.json_schema(),
    }


def render_json_schemas() -> dict[str, str]:
    """Return file name -> text of every contract's JSON Schema, and of the API documents."""
    documents = {f"{name}.json": document for name, document in contract_documents().items()}
    documents["asyncapi.json"] = asyncapi_document()
    documents["openapi.json"] = openapi_document()
    return {name: as_text(document) for name, document in documents.items()}


def as_text(document: dict[str, Any]) -> str:
    """Return the text of a JSON document, as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
