"""The columns of a mapping that hold dates."""

from collections.abc import Iterator
from typing import Final

from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.schema import Mapping

_RELATIONSHIP: Final = (
    ("touchpoint", "held_at"),
    ("signal", "heard_at"),
    ("profile", "updated_at"),
    ("promise", "settled_at"),
    ("proposal", "decided_at"),
)


def date_columns(mapping: Mapping) -> Iterator[tuple[str, TimestampOptions]]:
    """Yield each field with a date, and its columns."""
    if mapping.ticket is not None:
        for name in ("opened_at", "resolved_at", "updated_at", "reopened_at"):
            yield f"ticket.{name}", getattr(mapping.ticket, name)
        if mapping.ticket.sla is not None:
            yield "ticket.sla.due", mapping.ticket.sla.due
        if mapping.ticket.rating is not None:
            yield "ticket.rating.rated_at", mapping.ticket.rating.rated_at
    if mapping.purchase is not None:
        yield "purchase.purchased_on", TimestampOptions(date=mapping.purchase.purchased_on)
    for table, name in _RELATIONSHIP:
        fields = getattr(mapping, table)
        if fields is not None:
            yield f"{table}.{name}", getattr(fields, name)
    if mapping.survey is not None:
        yield "survey.answered_at", mapping.survey.answered_at
        yield "survey.invited_on", TimestampOptions(date=mapping.survey.invited_on)
