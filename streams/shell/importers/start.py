"""Starts an import: file, mapping, journal, Kafka; and says what would happen in a dry run."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pydantic import BaseModel

from rapport.streams.core.facts import day_number
from rapport.streams.shell.importers.errors import ImportFailed
from rapport.streams.shell.importers.importer import Choices, Importer, Sink
from rapport.streams.shell.importers.journal import Journal, journal_path
from rapport.streams.shell.importers.mapping import Mapping
from rapport.streams.shell.importers.opening import open_table
from rapport.streams.shell.importers.records import Records
from rapport.streams.shell.importers.rejected import RejectedRows, rejected_path
from rapport.streams.shell.importers.summary import Summary
from rapport.streams.shell.publisher import Publisher
from rapport.streams.shell.settings import Kafka

LAST = "last"


@dataclass(frozen=True, slots=True)
class Job:
    """One import as the command line asks for it."""

    file: Path
    mapping: Mapping
    kafka: Kafka
    state: Path
    part: str
    rejected: Path | None = None
    since: str | None = None
    cancel_missing: bool = False
    dry_run: bool = False


class Trial:
    """Stands in for Kafka in a dry run: takes everything, sends nothing."""

    def publish(self, data: BaseModel, *, id: str | None, time: datetime | None) -> None:  # noqa: A002 # CloudEvents' own name
        """Take an event."""

    def flush(self, timeout_seconds: float) -> int:  # noqa: ARG002 # as the real one
        """Return 0: nothing is left."""
        return 0


Progress = Callable[[int, int, Summary], None]


def run_job(job: Job, summary: Summary, on_progress: Progress) -> None:
    """Do an import and fill `summary`; raises `ImportFailed`, or `PublishError` without Kafka."""
    with ExitStack() as stack:
        table = open_table(job.file, job.mapping.file)
        stack.callback(table.close)
        records = Records(job.mapping, table)
        cluster = cluster_id(job.kafka) if not job.dry_run else _cluster_or_none(job.kafka)
        path = journal_path(job.state, cluster or "no-cluster", job.mapping.source)
        journal = stack.enter_context(Journal(path, job.part, keep=not job.dry_run))
        rejected = stack.enter_context(
            RejectedRows(job.rejected or rejected_path(job.file, job.state))
        )
        choices = Choices(_since_day(job.since, journal), job.cancel_missing)
        sink: Sink = Trial() if job.dry_run else stack.enter_context(_publisher(job))
        importer = Importer(job.mapping, journal, sink, rejected, summary, choices)
        importer.run(records, lambda: on_progress(table.bytes_read, table.bytes_total, summary))
        if not job.dry_run:
            where = rejected.finish()
            summary.rejected_file = str(where) if where else None


def with_source(mapping: Mapping, source: str | None) -> Mapping:
    """Return a mapping that publishes as another source."""
    return mapping if source is None else mapping.model_copy(update={"source": source})


def default_state() -> Path:
    """Return where journals are kept: the user's own directory for state."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "rapport" / "imports"


def cluster_id(kafka: Kafka) -> str:
    """Return the id of a Kafka cluster: what was published to one, another does not have."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap, **kafka.security)
    except KafkaError as error:
        raise ImportFailed(
            f"no Kafka answers at {kafka.bootstrap}: {error}; is the broker running there?"
        ) from error
    try:
        described: dict[str, Any] = admin.describe_cluster()
        return str(described["cluster_id"])
    except KafkaError as error:
        raise ImportFailed(f"Kafka at {kafka.bootstrap} does not say who it is: {error}") from error
    finally:
        admin.close()


def _cluster_or_none(kafka: Kafka) -> str | None:
    try:
        return cluster_id(kafka)
    except ImportFailed:
        return None


def _publisher(job: Job) -> Publisher:
    return Publisher(job.kafka.bootstrap, source=job.mapping.source, **job.kafka.security)


def _since_day(since: str | None, journal: Journal) -> int | None:
    if since is None:
        return None
    if since == LAST:
        return journal.last_day()
    try:
        return day_number(date.fromisoformat(since))
    except ValueError:
        raise ImportFailed(
            f"--since {since} is neither a date such as 2026-03-02 nor last"
        ) from None
