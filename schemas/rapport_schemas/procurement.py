"""Contracts of procurement: purchases with their revisions, and which suppliers are approved."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rapport_schemas.currencies import Currency
from rapport_schemas.fields import (
    EVERY_CLIENT,
    KEPT_TEXT,
    Day,
    EventData,
    ForClient,
    HigherRevision,
    Identifier,
    Name,
    Revision,
    Statement,
)

Amount = Annotated[
    int, Field(ge=0, le=10**15, description="In the currency's minor unit: cents, pence, yen.")
]
PurchasedOn = Annotated[
    date,
    Field(
        ge=date(1970, 1, 1),
        le=date(2200, 1, 1),
        description="The day first recorded; a correction repeats it, to find the purchase.",
        json_schema_extra={"x-from": "1970-01-01", "x-to": "2200-01-01"},
    ),
]


class PurchaseRecorded(EventData):
    """A purchase was made."""

    purchase_id: Identifier
    revision: Revision = 0
    purchased_on: PurchasedOn
    supplier: Annotated[Name, Field(description="Who it was bought from.")]
    category: Annotated[
        Name | None, Field(description="What it is, in the publisher's own words.")
    ] = None
    amount_minor: Amount
    currency: Annotated[Currency, Field(description="The code of ISO 4217.")]
    sanctioned: Annotated[
        bool | None, Field(description="Did IT agree to it? null when unknown.")
    ] = None
    joint: Annotated[bool, Field(description="Made together with IT.")] = False


class PurchaseCorrected(PurchaseRecorded):
    """A purchase as it should have been recorded; replaces every lower revision."""

    revision: HigherRevision
    moved_to: Annotated[
        PurchasedOn | None, Field(description="The true day, when the recorded one was wrong.")
    ] = None


class PurchaseCancelled(EventData):
    """A purchase that was not made after all."""

    purchase_id: Identifier
    revision: HigherRevision
    purchased_on: PurchasedOn


class _Supplier(BaseModel):
    """Base of decisions about a supplier, for one client or for all."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    supplier: Annotated[Name, Field(description="The supplier, as purchases name it.")]
    client: ForClient = None

    @property
    def record_key(self) -> str:
        """Return the key of its record."""
        return f"{self.client or EVERY_CLIENT}|{self.supplier}"


class SupplierApproved(_Supplier):
    """IT agrees to purchases from a supplier."""

    approved_from: Annotated[Day, Field(description="The first day of purchases that it covers.")]
    reason: Annotated[Statement, Field(description=f"Why. {KEPT_TEXT}")]


class SupplierApprovalWithdrawn(_Supplier):
    """A supplier is approved no more, as if it had never been."""
