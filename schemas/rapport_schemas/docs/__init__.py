"""Documentation of the contracts: JSON Schema, AsyncAPI, OpenAPI and examples."""

from rapport_schemas.docs.asyncapi import asyncapi_document
from rapport_schemas.docs.examples import EXAMPLES, Example
from rapport_schemas.docs.openapi import openapi_document
from rapport_schemas.docs.render import as_text, contract_documents, render_json_schemas

__all__ = [
    "EXAMPLES",
    "Example",
    "as_text",
    "asyncapi_document",
    "contract_documents",
    "openapi_document",
    "render_json_schemas",
]
