"""Contracts on the wire: topics, CloudEvents envelopes, rejections and their HTTP status."""

from rapport_schemas.wire.dead_letter import DeadLetter
from rapport_schemas.wire.envelope import Envelope, read_envelope, write_binary
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.http import RequestRejected
from rapport_schemas.wire.registry import CONTRACTS, EVERY_CONTRACT, PUBLISHED, TOPICS, Contract
from rapport_schemas.wire.rejection import REASONS, Rejected
from rapport_schemas.wire.unique_keys import check_keys

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
