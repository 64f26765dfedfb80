"""The events of a run, drawn from a seed: duplicates, disorder, corrections and cancellations."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.publish import (
    Answer,
    PurchaseCancelled,
    PurchaseCorrected,
    PurchaseRecorded,
    SurveyAnswered,
    TicketReopened,
    TicketResolved,
)

CLIENTS = 40
DAYS = 5
TWICE = 0.02
LATE = 0.05
CORRECTED = 0.04
CANCELLED = 0.02
LATE_PLACES_MAX = 400


@dataclass(frozen=True, slots=True)
class Planned:
    """One event to publish."""

    data: Any
    event_id: str
    at: datetime


def plan(seed: int, count: int, now: datetime) -> list[Planned]:
    """Return about `count` events in the order in which they are to be published.

    `now` is rounded to a whole hour, so that a service that comes back draws the same events.
    """
    drawn = random.Random(seed)  # noqa: S311 # events, no secrets
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    placed: list[tuple[int, Planned]] = []
    for number in range(count):
        at = start + timedelta(seconds=DAYS * 86_400 * number // count)
        for extra, planned in enumerate(_events(number, at, drawn)):
            late = drawn.randrange(1, LATE_PLACES_MAX) if drawn.random() < LATE else 0
            placed.append((number + late + extra * 20, planned))
            if drawn.random() < TWICE:
                placed.append((number + drawn.randrange(LATE_PLACES_MAX), planned))
    placed.sort(key=lambda item: item[0])
    return [planned for _, planned in placed]


def clients() -> list[str]:
    """Return the clients of a run."""
    return [f"client-{number:02d}" for number in range(CLIENTS)]


def _events(number: int, at: datetime, drawn: random.Random) -> list[Planned]:
    client = drawn.choice(clients())
    event_id = f"e-{number}"
    match number % 4:
        case 0:
            return _purchase(number, client, at, drawn)
        case 1:
            answers = [Answer(question="trust", score=drawn.randrange(1, 6))]
            data: Any = SurveyAnswered(
                client=client, survey_id="s", viewpoint="client", answers=answers
            )
        case 2:
            data = TicketReopened(client=client, ticket_id=f"T{number}")
        case _:
            data = TicketResolved(
                client=client, ticket_id=f"T{number}", priority="P3", sla_met=drawn.random() < 0.9
            )
    return [Planned(data, event_id, at)]


def _purchase(number: int, client: str, at: datetime, drawn: random.Random) -> list[Planned]:
    purchase = {
        "client": client,
        "purchase_id": f"PO-{number}",
        "purchased_on": at.date(),
        "supplier": f"Supplier {drawn.randrange(30)}",
        "category": "Cloud software",
        "amount_minor": drawn.randrange(100, 90_000),
        "currency": "EUR",
        "sanctioned": False,
    }
    events = [Planned(PurchaseRecorded(**purchase), f"p-{number}-0", at)]
    if drawn.random() < CORRECTED:
        corrected = purchase | {"revision": 1, "amount_minor": drawn.randrange(100, 90_000)}
        events.append(Planned(PurchaseCorrected(**corrected), f"p-{number}-1", at))
    if drawn.random() < CANCELLED:
        cancelled = {name: purchase[name] for name in ("client", "purchase_id", "purchased_on")}
        events.append(Planned(PurchaseCancelled(**cancelled, revision=2), f"p-{number}-2", at))
    return events
