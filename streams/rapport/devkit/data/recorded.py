"""What people recorded in the demo: open promises, actions, notes and plans of `fleet.toml`.

They have the source of forms and of `rapport record`, so that a reader of the demo may change them.
None of them counts for a score.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rapport.devkit.data.fleet import Action, DemoClient, Noted, Plan, Promised
from rapport.devkit.data.made_up import Dated, EventsOfRows, Series, events_of_rows
from rapport.importers.sync.messages import Message
from rapport_schemas.desk import ActionRecorded, NoteRecorded, PlanRecorded
from rapport_schemas.fields import ScoreTargets
from rapport_schemas.relationship import PromiseMade


def recorded(client: DemoClient, today: date) -> Iterator[Message]:
    """Yield what people recorded of a client."""
    return events_of_rows(client, today, _RECORDED)


def _promised(series: Series, row: Promised) -> Iterator[Dated]:
    for days_ago in row.days_ago():
        made_on = series.day(days_ago)
        yield (
            made_on,
            PromiseMade(
                client=series.client,
                promise_id=series.id,
                made_on=made_on,
                due_on=_ahead(series, row.due_in),
                what=row.what,
            ),
        )


def _actions(series: Series, row: Action) -> Iterator[Dated]:
    done_on = None if row.done_ago is None else series.day(row.done_ago)
    for days_ago in row.days_ago():
        yield (
            series.day(days_ago),
            ActionRecorded(
                client=series.client,
                action_id=series.id,
                what=row.what,
                kind=row.kind,
                who=row.who,
                due_on=None if row.due_in is None else _ahead(series, row.due_in),
                concern=row.concern,
                status="open" if done_on is None else "done",
                done_on=done_on,
            ),
        )


def _noted(series: Series, row: Noted) -> Iterator[Dated]:
    for days_ago in row.days_ago():
        day = series.day(days_ago)
        yield (
            day,
            NoteRecorded(client=series.client, note_id=series.id, happened_on=day, text=row.text),
        )


def _plan(series: Series, row: Plan) -> Iterator[Dated]:
    for days_ago in row.days_ago():
        yield (
            series.day(days_ago),
            PlanRecorded(
                client=series.client,
                text=row.text,
                stage=row.stage,
                targets=ScoreTargets(trust=row.trust),
                review_on=_ahead(series, row.review_in),
            ),
        )


def _ahead(series: Series, days: int) -> date:
    return series.today + timedelta(days=days)


_RECORDED: Final[EventsOfRows] = {
    "promised": _promised,
    "actions": _actions,
    "noted": _noted,
    "plan": _plan,
}
