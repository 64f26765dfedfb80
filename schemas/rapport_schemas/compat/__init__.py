"""The contract gate: which changes of a released contract are compatible."""

from rapport_schemas.compat.compatibility import Change, Refusal, contract_changes, refusals
from rapport_schemas.compat.normalise import ContractError, inline_references

__all__ = [
    "Change",
    "ContractError",
    "Refusal",
    "contract_changes",
    "inline_references",
    "refusals",
]
