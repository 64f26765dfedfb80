"""Approved suppliers: purchases from them count as agreed, from a day on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rapport.domain.calendar import day_number
from rapport.domain.events.text_key import slug
from rapport_schemas.procurement import SupplierApproved


@dataclass(frozen=True, slots=True)
class Approval:
    """IT's agreement to purchases from a supplier."""

    supplier: str
    """The supplier's key in the ledger."""
    client: str | None
    """The client that it is for; None for every client."""
    from_day: int
    """The first day of purchases that it covers, as days since 1970-01-01."""
    reason: str


@dataclass(slots=True)
class Approvals:
    """The approvals by the keys of their records; a newer record replaces an older one."""

    _by_key: dict[str, Approval] = field(default_factory=dict)
    changes: int = 0
    """How often a record was put."""

    def put(self, key: str, event: Any) -> None:
        """Add or replace an approval; an event that withdraws it, or None, removes it."""
        self.changes += 1
        if isinstance(event, SupplierApproved):
            day = day_number(event.approved_from)
            self._by_key[key] = Approval(slug(event.supplier), event.client, day, event.reason)
        else:
            self._by_key.pop(key, None)

    def frozen(self) -> "Approvals":
        """Return a copy that later records do not change."""
        return Approvals(dict(self._by_key))

    def of(self, client: str) -> tuple[Approval, ...]:
        """Return the approvals that hold for a client, in the order of their suppliers and days."""
        return _sorted(one for one in self._by_key.values() if one.client in {None, client})


def reason_of(approvals: Iterable[Approval], supplier: str, from_day: int) -> str:
    """Return why a supplier was approved from a day on; "-" if it is approved no more."""
    wanted = supplier, from_day
    return next((one.reason for one in approvals if (one.supplier, one.from_day) == wanted), "-")


def _sorted(approvals: Iterable[Approval]) -> tuple[Approval, ...]:
    return tuple(sorted(approvals, key=lambda one: (one.supplier, one.from_day, one.client or "")))
