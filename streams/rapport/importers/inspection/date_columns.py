"""The columns of a mapping that hold dates."""

from collections.abc import Iterator

from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.schema import Mapping


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
    if mapping.survey is not None:
        yield "survey.answered_at", mapping.survey.answered_at
        yield "survey.invited_on", TimestampOptions(date=mapping.survey.invited_on)
