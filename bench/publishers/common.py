"""What every publisher shares: the events, made and so validated in the loop; the clock."""

import json
import os
import resource
import sys
import time
from datetime import UTC, date, datetime

from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.survey import Answer, SurveyAnswered
from rapport_schemas.ticket import TicketResolved

WARM_UP_EVENTS = 2_000
CLIENTS = [f"client-{number:03d}" for number in range(500)]
PRIORITIES = ("P1", "P2", "P3", "P4")
SUPPLIERS = [f"Supplier {number} Limited" for number in range(200)]
DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(number: int):
    """Return an event as a service would make it: two tickets, a purchase and a survey of four."""
    client = CLIENTS[number * 7919 % 500]
    match number % 4:
        case 0:
            return PurchaseRecorded(
                client=client,
                purchase_id=f"PO-2026-{number:08d}",
                purchased_on=DAY,
                supplier=SUPPLIERS[number % 200],
                category="Cloud software subscriptions",
                amount_minor=100 + number,
                currency="EUR",
                sanctioned=False,
            )
        case 1:
            return SurveyAnswered(
                client=client,
                survey_id="relationship-2026-quarter-4",
                viewpoint="client",
                invited_on=DAY,
                answers=[
                    Answer(question="trust", score=1 + number % 5),
                    Answer(question="clarity", score=1 + number % 3),
                ],
            )
        case _:
            return TicketResolved(
                client=client,
                ticket_id=f"INC{number:010d}",
                priority=PRIORITIES[number % 4],
                sla_met=number % 10 > 0,
                reassignments=number % 4,
                opened_at=NOON,
            )


def measure(name: str, count: int, publish, flush) -> None:
    """Time `publish(number)` for every number, and `flush()`, on one core; print the result."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for number in range(WARM_UP_EVENTS):
        publish(number)
    flush()
    cpu, started = time.process_time(), time.perf_counter()
    for number in range(WARM_UP_EVENTS, WARM_UP_EVENTS + count):
        publish(number)
    report(name, count, time.perf_counter() - started, flush, started, cpu)


def report(name, count, call_seconds, flush, started, cpu) -> None:
    """Flush, and print what it took."""
    left = flush()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    if left:
        sys.exit(f"{name}: {left} events were not delivered")
    line = {
        "publisher": name,
        "events": count,
        "events_per_second": round(count / seconds),
        "events_per_second_at_the_call": round(count / call_seconds),
        "cpu_microseconds_per_event": round(cpu_seconds / count * 1e6, 1),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print("RESULT " + json.dumps(line), flush=True)
