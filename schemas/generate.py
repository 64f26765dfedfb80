"""The contracts as JSON Schema 2020-12, one document an event type; committed in `schemas/json`."""

import json

from rapport.schemas.registry import CONTRACTS


def render_json_schemas() -> dict[str, str]:
    """Return file name -> text of every contract's JSON Schema."""
    return {f"{name}.json": _document(name) for name in CONTRACTS}


def _document(name: str) -> str:
    contract = CONTRACTS[name]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:rapport:schema:{name}",
        "x-topic": contract.topic,
        **contract.adapter.json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
