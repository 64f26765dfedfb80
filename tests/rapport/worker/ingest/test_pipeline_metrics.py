"""What a worker says of its own pipeline, on a real broker: progress, commits, store, letters."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

import rapport
from rapport.admin.dead_letter import DeadLetterFilter
from rapport.admin.dead_letter_store import DeadLetterStore, HandledCounts
from rapport.kafka.connection import Kafka
from rapport.publish.publisher import Publisher
from rapport.web.client import fetch
from rapport_schemas.ticket import TicketOpened

pytestmark = pytest.mark.kafka
EVENTS = 40
UNKNOWN = 3
"""Events of a client that is not registered."""


def publish(bootstrap, client, count):
    opened_at = datetime.now(UTC) - timedelta(hours=1)
    with Publisher(bootstrap, source="urn:desk") as publisher:
        for number in range(count):
            ticket = TicketOpened(
                client=client,
                ticket_id=f"{client}-{number}",
                kind="incident",
                priority="P3",
                opened_at=opened_at,
            )
            publisher.publish(ticket)


def series(running):
    """Return name and labels -> value of `/metrics`."""
    lines = fetch(f"{running.url}/metrics").decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def total(found, name):
    """Return the sum over a metric's series; None when it has none."""
    values = [value for key, value in found.items() if re.fullmatch(rf"{name}(\{{.*\}})?", key)]
    return sum(values) if values else None


def discard(bootstrap):
    async def work():
        store = await DeadLetterStore.opened(Kafka(bootstrap))
        counts = HandledCounts()
        await store.handle(DeadLetterFilter(), "discarded", counts, lambda _: None)
        return counts.done

    return asyncio.run(work())


def test_a_worker_shows_its_progress_its_commits_its_store_and_the_letters_to_handle(running):
    publish(running.bootstrap, "finance", EVENTS)
    publish(running.bootstrap, "nobody", UNKNOWN)
    running.start()
    read = EVENTS + UNKNOWN
    running.until(lambda: total(series(running), "rapport_handled_offset") == read)
    running.until(lambda: total(series(running), "rapport_dead_letters_unhandled") == UNKNOWN)
    running.until(lambda: series(running).get('rapport_commits_total{outcome="done"}', 0) > 0)
    running.until(lambda: total(series(running), "rapport_store_bytes"))
    found = series(running)
    for stage in ("decode", "fold", "write"):
        assert found[f'rapport_stage_records_total{{stage="{stage}"}}'] == read
        assert found[f'rapport_stage_seconds_total{{stage="{stage}"}}'] > 0
    assert total(found, "rapport_lag_records") == total(found, "rapport_lag_seconds") == 0
    assert found["rapport_partitions"] == found["rapport_assigned_partitions"] == 8
    assert found["rapport_rebalances_total"] == 1
    assert found["rapport_commit_seconds_total"] > 0
    assert found['rapport_commits_total{outcome="failed"}'] == 0
    assert found["rapport_store_free_bytes"] > found["rapport_store_bytes"] > 10_000
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert [key for key in found if f'version="{rapport.__version__}"' in key]

    assert discard(running.bootstrap) == UNKNOWN
    running.until(lambda: total(series(running), "rapport_dead_letters_unhandled") == 0)
    publish(running.bootstrap, "nobody", 1)
    running.until(lambda: total(series(running), "rapport_dead_letters_unhandled") == 1)


def test_a_recovery_shows_the_pages_that_it_reads_and_ends_with_nothing_to_read(running):
    publish(running.bootstrap, "finance", EVENTS)
    running.start()
    running.until_handled(EVENTS)
    assert series(running)["rapport_recovery_pages"] == 0
    running.worker.stop()
    running.start("another")
    running.until(lambda: running.status()["ready"])
    found = series(running)
    assert found["rapport_recovery_pages"] > 0
    assert found["rapport_recovery_remaining_records"] == 0
