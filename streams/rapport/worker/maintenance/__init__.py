"""Maintenance of the ledger: recovery, repair after zombie writes, and retention."""

from rapport_schemas.faces import lazy

__all__ = [
    "LedgerRecovery",
    "Retention",
    "ZombieWriteRepair",
]
__getattr__ = lazy(
    __name__,
    {
        "LedgerRecovery": "recovery",
        "Retention": "retention",
        "ZombieWriteRepair": "repair",
    },
)
