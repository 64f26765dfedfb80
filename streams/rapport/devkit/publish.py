"""Publishes the demo's data to a Kafka."""

from datetime import UTC, datetime
from pathlib import Path

from rich.progress import Progress

from rapport.devkit.data import demo_data, demo_desk
from rapport.domain.desk.kinds import RECORDED_SOURCE
from rapport.publish.publisher import Publisher
from rapport_schemas.wire.errors import RapportError

REGISTRY_SECONDS_MAX = 60.0
EVENTS_SECONDS_MAX = 600.0


def publish_demo(progress: Progress, bootstrap: str, directory: Path | None) -> int:
    """Publish the registry and every event; return the number of events.

    The events are the bundled ones, or those of the whole data sets in `directory`; the same day's
    events have the same ids, so that publishing them again counts nothing twice.
    """
    today = datetime.now(UTC).date()
    clients, events = demo_data(today, directory)
    desk = demo_desk(today, directory)
    task = progress.add_task("publish", total=len(events) + len(clients) + len(desk))
    with (
        Publisher(bootstrap, source="urn:rapport:demo") as publisher,
        Publisher(bootstrap, source=RECORDED_SOURCE) as recorder,
    ):
        for client in clients:
            publisher.publish(client)
            progress.advance(task)
        publisher.flush(REGISTRY_SECONDS_MAX)
        for data, event_id, at in events:
            publisher.publish(data, id=event_id, time=at)
            progress.advance(task)
        for data, event_id, at in desk:
            recorder.publish(data, id=event_id, time=at)
            progress.advance(task)
        undelivered = publisher.flush(EVENTS_SECONDS_MAX) + recorder.flush(EVENTS_SECONDS_MAX)
    if undelivered:
        raise RapportError(f"{undelivered} events did not reach Kafka at {bootstrap}")
    return len(events) + len(desk)
