"""Contracts of procurement events: purchases, with corrections and cancellations by revision."""

from datetime import date
from typing import Annotated

from pydantic import Field

from rapport_schemas.currencies import Currency
from rapport_schemas.fields import EventData, Identifier, Name, Revision

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
HigherRevision = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="Higher than every revision before it.")
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
