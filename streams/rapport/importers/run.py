"""Runs an import: opens file, mapping, journal and Kafka; a dry run publishes nothing.

    file ─► lines ─► table ─► records (by the mapping) ─► difference with the journal ─► Kafka

The file is streamed, so its size does not determine the memory.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pydantic import BaseModel

from rapport.domain.calendar import day_number
from rapport.importers.coverage import coverage
from rapport.importers.errors import ImportFailed
from rapport.importers.files.table import Table
from rapport.importers.inspection.inspect import inspect, refuse_doubts, settled
from rapport.importers.mapping.dates.layouts import Order
from rapport.importers.mapping.dates.options import Midnight
from rapport.importers.mapping.schema import Kind, LineBreaks, Mapping, Mark, with_amounts
from rapport.importers.rows.reader import Records, open_records
from rapport.importers.rows.row import Outcome
from rapport.importers.summary import Summary
from rapport.importers.sync.columns_gone import ColumnsGone, columns_gone
from rapport.importers.sync.importer import EventSink, Importer, ImportOptions
from rapport.importers.sync.interrupts import InterruptibleSink
from rapport.importers.sync.journal import Journal, journal_path
from rapport.importers.sync.rejected_rows import RejectedRows, rejected_path
from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import KafkaAccessError, check_connection
from rapport.publish.publisher import Publisher
from rapport.runtime.user_state import user_state
from rapport_schemas.wire.registry import (
    CLIENTS_TOPIC,
    PROCUREMENT_TOPIC,
    RELATIONSHIP_TOPIC,
    SURVEYS_TOPIC,
    TICKETS_TOPIC,
)

LAST = "last"
BOOTSTRAP_SECONDS_MAX = 5
TOPICS: dict[Kind, str] = {
    "tickets": TICKETS_TOPIC,
    "purchases": PROCUREMENT_TOPIC,
    "surveys": SURVEYS_TOPIC,
    "clients": CLIENTS_TOPIC,
}
"""Kind -> the topic of its events; `RELATIONSHIP_TOPIC` for the others."""


@dataclass(frozen=True, slots=True)
class Job:
    """The arguments of one import."""

    file: Path
    mapping: Mapping
    kafka: Kafka
    state: Path
    part: str
    rejected: Path | None = None
    since: str | None = None
    cancel_missing: bool = False
    dry_run: bool = False
    fewer_columns: bool = False
    """Whether the file is right without columns that earlier imports of its source had."""


class DryRunSink:
    """The sink of a dry run: accepts every event and sends nothing."""

    def publish(self, data: BaseModel, *, id: str | None, time: datetime | None) -> None:  # noqa: A002 # CloudEvents' own name
        """Accept an event."""

    def flush(self, timeout_seconds: float) -> int:  # noqa: ARG002 # as the real one
        """Return 0: no event is unsent."""
        return 0


Progress = Callable[[int, int, Summary], None]


def run_job(
    job: Job, summary: Summary, on_progress: Progress, *, is_main_thread: bool = False
) -> None:
    """Run an import and fill `summary`; raises `ImportFailed`.

    The file is inspected unless `summary` has its inspection already. Raises `DoubtfulFile` if
    values have two readings, and `KafkaAccessError` or `PublishError` without Kafka. In the main
    thread, SIGINT and SIGTERM raise `KeyboardInterrupt` between two events.
    """
    if summary.inspection is None:
        summary.inspection = inspect(job.file, job.mapping)
    refuse_doubts(job.file, summary.inspection)
    with ExitStack() as stack:
        table, records = open_records(job.file, settled(job.mapping, summary.inspection))
        stack.callback(table.close)
        topic = TOPICS.get(job.mapping.kind, RELATIONSHIP_TOPIC)
        identity = _topic_or_none(job, topic) if job.dry_run else topic_identity(job.kafka, topic)
        path = journal_path(job.state, identity, job.mapping.source)
        journal = stack.enter_context(Journal(path, job.part, keep=not job.dry_run))
        rejected = stack.enter_context(RejectedRows(_rejected_path(job)))
        options = ImportOptions(_since_day(job.since, journal), job.cancel_missing)
        sink: EventSink = DryRunSink() if job.dry_run else stack.enter_context(_publisher(job))
        if is_main_thread:
            sink = interruptible = InterruptibleSink(sink)
            interruptible.install()
        importer = Importer(job.mapping, journal, sink, rejected, summary, options)
        covered = coverage(job.mapping, records.header)
        summary.columns, summary.not_found = covered.columns, covered.not_found
        _check_columns(job, journal, summary, records.header.names)
        summary.sheet, summary.sheets_passed_over = table.sheet, table.sheets_passed_over
        columns = (name for names in covered.columns.values() for name in names)
        journal.put_file(table.sheet, columns)
        importer.run(
            _counted(table, records, summary),
            lambda: on_progress(table.bytes_read, table.bytes_total, summary),
        )
        if not job.dry_run:
            rejected_file = rejected.finish()
            summary.rejected_file = str(rejected_file) if rejected_file else None


def with_options(  # noqa: PLR0913 # each is an option of the command
    mapping: Mapping,
    *,
    source: str | None = None,
    zone: str | None = None,
    date_order: Order | None = None,
    due_midnight: Midnight | None = None,
    sheet: str | None = None,
    line_breaks: LineBreaks | None = None,
    decimal: Mark | None = None,
    currency: str | None = None,
    encoding: str | None = None,
) -> Mapping:
    """Return the mapping with what the user's options say instead; raises `ImportFailed`."""
    dates = mapping.dates.with_options(zone=zone, order=date_order, due_midnight=due_midnight)
    said = {"sheet": sheet, "line_breaks": line_breaks, "encoding": encoding}
    file = mapping.file.model_copy(update={key: text for key, text in said.items() if text})
    update = {"source": source or mapping.source, "dates": dates, "file": file}
    changed = mapping.model_copy(update=update)
    if decimal is None and currency is None:
        return changed
    return with_amounts(changed, decimal=decimal, currency=currency)


def default_state() -> Path:
    """Return the directory of journals: in the user's XDG state directory."""
    return user_state() / "imports"


def topic_identity(kafka: Kafka, topic: str) -> str:
    """Return Kafka's id of a topic; a deleted and recreated topic has another."""
    check_connection(kafka)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap,
            bootstrap_timeout_ms=BOOTSTRAP_SECONDS_MAX * 1000,
            **kafka.security,
        )
    except KafkaError as error:
        raise ImportFailed(
            f"no Kafka answers at {kafka.bootstrap}: {error}; is the broker running there?"
        ) from error
    try:
        (described,) = admin.describe_topics([topic])
    except KafkaError as error:
        raise ImportFailed(f"Kafka at {kafka.bootstrap} shows no topics: {error}") from error
    finally:
        admin.close()
    if not described.get("topic_id"):
        raise ImportFailed(
            f"Kafka at {kafka.bootstrap} has no topic {topic}; `rapport topics` creates it"
        )
    return str(described["topic_id"])


def _check_columns(job: Job, journal: Journal, summary: Summary, header: list[str]) -> None:
    """Raise `ColumnsGone` for a file that lacks columns of earlier imports."""
    gone = columns_gone(journal.columns_before(), header)
    summary.columns_gone = gone
    if gone and not job.fewer_columns:
        raise ColumnsGone(job.file, gone)


def _counted(table: Table, records: Records, summary: Summary) -> Iterator[Outcome]:
    """Yield every outcome; after the last one, note how many rows the file has."""
    yield from records
    summary.rows_in_file, summary.rows_read = table.rows_counted, records.rows_read
    summary.more_rows, summary.encoding = table.more_rows, table.encoding


def _rejected_path(job: Job) -> Path:
    if job.dry_run:
        return Path(tempfile.gettempdir()) / f"{job.file.name}.rejected.csv"
    return job.rejected or rejected_path(job.file, job.state)


def _topic_or_none(job: Job, topic: str) -> str:
    """Return the topic's id for a dry run, which also works without Kafka."""
    try:
        return topic_identity(job.kafka, topic)
    except (ImportFailed, KafkaAccessError):
        return "nowhere"


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
