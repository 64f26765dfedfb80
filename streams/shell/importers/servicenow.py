"""A ServiceNow incident log: every state of every incident, one row each, in order of time."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from rapport.schemas.fields import Priority
from rapport.schemas.ticket import TicketOpened, TicketReopened, TicketResolved
from rapport.streams.core.facts import slug
from rapport.streams.shell.importers.row import RowEvent, moment

DATE: Final = "%d/%m/%Y %H:%M"
MISSING: Final = "?"
PRIORITIES: Final[dict[str, Priority]] = {"1": "P1", "2": "P2", "3": "P3", "4": "P4"}
Row = Mapping[str, str]


def ticket_events(rows: list[Row], shift: timedelta = timedelta()) -> Iterator[RowEvent]:
    """Yield the events of ONE incident, given its rows in order.

    The last row decides whether the agreed time was met: it is true until it is missed.
    """
    first, last = rows[0], rows[-1]
    client, number = slug(first["location"]), first["number"]
    priority = PRIORITIES[first["priority"][0]]
    opened_at = moment(first["opened_at"], DATE) + shift
    yield RowEvent(
        TicketOpened(client=client, ticket_id=number, kind="incident", priority=priority),
        opened_at,
        f"{number}/opened",
    )
    yield from _reopened(rows, client, shift)
    closed = next(
        (last[name] for name in ("resolved_at", "closed_at") if last[name] != MISSING), ""
    )
    if closed:
        resolved_at = max(moment(closed, DATE) + shift, opened_at)
        yield RowEvent(
            TicketResolved(
                client=client,
                ticket_id=number,
                priority=PRIORITIES[last["priority"][0]],
                sla_met=last["made_sla"] == "true",
                reassignments=int(last["reassignment_count"]),
            ),
            resolved_at,
            f"{number}/resolved",
        )


def _reopened(rows: list[Row], client: str, shift: timedelta) -> Iterator[RowEvent]:
    seen = 0
    for row in rows:
        count = int(row["reopen_count"])
        for turn in range(seen + 1, count + 1):
            number = row["number"]
            yield RowEvent(
                TicketReopened(client=client, ticket_id=number),
                moment(row["sys_updated_at"], DATE) + shift,
                f"{number}/reopened/{turn}",
            )
        seen = max(seen, count)
