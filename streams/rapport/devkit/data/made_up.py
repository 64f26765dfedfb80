"""Made-up events of the demo: all but the purchases, as `fleet.toml` has them.

What falls on a weekend happens on the Friday before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, zip_longest
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from rapport.devkit.data.fleet import (
    DemoClient,
    Heard,
    Learned,
    Meetings,
    Promises,
    Proposals,
    Surveys,
    Tickets,
)
from rapport.importers.sync.messages import Message
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)
from rapport_schemas.survey import Answer, SurveyAnswered, SurveyInvited
from rapport_schemas.ticket import TicketOpened, TicketRated, TicketReopened, TicketResolved

CLOSED_AFTER_DAYS: Final = 1
ANSWERED_AFTER_DAYS: Final = 3
FRIDAY: Final = 4
HOUR: Final = 10
Dated = tuple[date, BaseModel]
"""The day of an event, and the event."""
EventsOfRows = Mapping[str, Callable[[Any, Any], Iterable[Dated]]]
"""A client's table of rows -> the events of one row."""


class Series(NamedTuple):
    """The events of one row of a client's table."""

    client: str
    id: str
    today: date

    def day(self, days_ago: int) -> date:
        """Return the day so many days ago, or the Friday before a weekend; yesterday at most."""
        day = self.today - timedelta(days=max(1, days_ago))
        return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def made_up(client: DemoClient, today: date) -> Iterator[Message]:
    """Yield the made-up events of a client, up to yesterday."""
    return events_of_rows(client, today, _EVENTS)


def events_of_rows(client: DemoClient, today: date, events: EventsOfRows) -> Iterator[Message]:
    """Yield the events of the rows of some of a client's tables."""
    for kind, events_of in events.items():
        for row_number, row in enumerate(getattr(client, kind)):
            series = f"{client.id}/{kind}/{row_number}"
            for number, (day, data) in enumerate(events_of(Series(client.id, series, today), row)):
                at = datetime.combine(day, time(HOUR), UTC)
                yield Message(data, f"{series}/{number}", at)


def _tickets(series: Series, row: Tickets) -> Iterator[Dated]:
    results = zip(cycle(row.closed), cycle(row.rated or (0,)), strict=False)
    for days_ago, (closed, rated) in zip(row.days_ago(), results, strict=False):
        name: dict[str, Any] = {
            "client": row.under or series.client,
            "ticket_id": f"{series.id}/{days_ago}",
        }
        opened, priority = series.day(days_ago), row.priority
        yield opened, TicketOpened(**name, kind=row.kind, priority=priority, comment=row.comment)
        done = series.day(days_ago - CLOSED_AFTER_DAYS)
        yield (
            done,
            TicketResolved(
                **name,
                priority=priority,
                sla_met=closed == "in time",
                reassignments=row.reassignments,
            ),
        )
        if row.reopened:
            yield done, TicketReopened(**name)
        if rated:
            yield done, TicketRated(**name, score=rated)


def _surveys(series: Series, row: Surveys) -> Iterator[Dated]:
    for days_ago in row.days_ago():
        invited, answered = series.day(days_ago), series.day(days_ago - ANSWERED_AFTER_DAYS)
        survey: dict[str, Any] = {
            "client": series.client,
            "survey_id": f"{series.id}/{days_ago}",
            "viewpoint": row.view,
        }
        for _ in range(row.invited):
            yield invited, SurveyInvited(**survey)
        for person, score in enumerate(row.scores):
            yield (
                answered,
                SurveyAnswered(
                    **survey,
                    invited_on=invited if row.invited else None,
                    answers=[Answer(question="trust", score=score)],
                    comment=None if person else row.comment,
                ),
            )


def _meetings(series: Series, row: Meetings) -> Iterator[Dated]:
    for days_ago, message in zip(row.days_ago(), cycle(row.message), strict=False):
        yield (
            series.day(days_ago),
            TouchpointHeld(
                client=series.client,
                kind=row.kind,
                roles=list(row.roles),
                teams=list(row.teams),
                topics=list(row.topics),
                message_carried=message,
            ),
        )


def _learned(series: Series, row: Learned) -> Iterator[Dated]:
    for days_ago in row.days_ago():
        for facet, statement in zip_longest(row.facets, row.statements):
            yield (
                series.day(days_ago),
                ProfileUpdated(
                    client=series.client,
                    facet=facet,
                    held_from=row.held_from,
                    statement=statement,
                ),
            )


def _promises(series: Series, row: Promises) -> Iterator[Dated]:
    for days_ago, kept in zip(row.days_ago(), cycle(row.kept), strict=False):
        yield series.day(days_ago), PromiseSettled(client=series.client, kept=kept)


def _proposals(series: Series, row: Proposals) -> Iterator[Dated]:
    for days_ago, accepted in zip(row.days_ago(), cycle(row.accepted), strict=False):
        decided = ProposalDecided(client=series.client, initiated_by=row.by, accepted=accepted)
        yield series.day(days_ago), decided


def _heard(series: Series, row: Heard) -> Iterator[Dated]:
    for days_ago in row.days_ago():
        yield series.day(days_ago), SignalHeard(client=series.client, signal=row.signal)


_EVENTS: Final[EventsOfRows] = {
    "tickets": _tickets,
    "surveys": _surveys,
    "meetings": _meetings,
    "learned": _learned,
    "promises": _promises,
    "proposals": _proposals,
    "heard": _heard,
}
