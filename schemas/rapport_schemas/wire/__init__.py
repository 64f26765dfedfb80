"""Contracts on the wire: topics, CloudEvents envelopes, rejections and their HTTP status."""

from rapport_schemas.faces import lazy

__all__ = [
    "CONTRACTS",
    "EVERY_CONTRACT",
    "PUBLISHED",
    "REASONS",
    "TOPICS",
    "Contract",
    "DeadLetter",
    "Envelope",
    "RapportError",
    "Rejected",
    "RequestRejected",
    "check_keys",
    "read_envelope",
    "write_binary",
]
__getattr__ = lazy(
    __name__,
    {
        "CONTRACTS": "registry",
        "Contract": "registry",
        "DeadLetter": "dead_letter",
        "EVERY_CONTRACT": "registry",
        "Envelope": "envelope",
        "PUBLISHED": "registry",
        "REASONS": "rejection",
        "RapportError": "errors",
        "Rejected": "rejection",
        "RequestRejected": "http",
        "TOPICS": "registry",
        "check_keys": "unique_keys",
        "read_envelope": "envelope",
        "write_binary": "envelope",
    },
)
