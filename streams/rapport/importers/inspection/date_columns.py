"""The columns of a mapping that hold dates."""

from collections.abc import Iterator

from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.schema import Mapping


def date_columns(mapping: Mapping) -> Iterator[tuple[str, TimestampOptions]]:
    """Yield each field with a date, and its columns."""
    for name, value in mapping.table:
        if isinstance(value, TimestampOptions):
            yield f"{mapping.table_name}.{name}", value
    if mapping.ticket is not None and mapping.ticket.sla is not None:
        yield "ticket.sla.due", mapping.ticket.sla.due
    if mapping.ticket is not None and mapping.ticket.rating is not None:
        yield "ticket.rating.rated_at", mapping.ticket.rating.rated_at
    if mapping.purchase is not None:
        yield "purchase.purchased_on", TimestampOptions(date=mapping.purchase.purchased_on)
    if mapping.survey is not None:
        yield "survey.invited_on", TimestampOptions(date=mapping.survey.invited_on)
