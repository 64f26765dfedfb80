"""Event contracts: what other services publish, as pydantic models of CloudEvents 1.0."""
