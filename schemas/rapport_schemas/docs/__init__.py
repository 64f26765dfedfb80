"""Documentation of the contracts: JSON Schema, AsyncAPI, OpenAPI and examples."""

from rapport_schemas.faces import lazy

__all__ = [
    "EXAMPLES",
    "Example",
    "as_text",
    "asyncapi_document",
    "contract_documents",
    "openapi_document",
    "render_json_schemas",
]
__getattr__ = lazy(
    __name__,
    {
        "EXAMPLES": "examples",
        "Example": "examples",
        "as_text": "render",
        "asyncapi_document": "asyncapi",
        "contract_documents": "render",
        "openapi_document": "openapi",
        "render_json_schemas": "render",
    },
)
