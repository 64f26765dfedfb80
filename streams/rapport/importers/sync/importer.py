"""Imports one file: what is new, changed or gone is published, the rest is left alone.

The file streams through in bounded chunks; the journal is written before each is sent.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

from pydantic import BaseModel

from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.row import Outcome, Record, Rejection, Skipped
from rapport.importers.summary import Summary, iso_day
from rapport.importers.sync.diff import Step, step
from rapport.importers.sync.journal import Journal, JournalRecord, Put
from rapport.importers.sync.messages import Message, published_record, recorded, withdrawal
from rapport.importers.sync.rejected_rows import RejectedRows
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

CHUNK_RECORDS: Final = 2_000
FLUSH_SECONDS: Final = 60.0
SKEW_SECONDS: Final = 300
"""As the worker has it: an event further ahead would be refused."""
EVERY_DAY: Final = -1_000_000


class EventSink(Protocol):
    """Where events go: a publisher, or what stands in for it in a dry run."""

    def publish(self, data: BaseModel, *, id: str | None, time: datetime | None) -> Any:  # noqa: A002 # CloudEvents' own name
        """Take an event."""

    def flush(self, timeout_seconds: float) -> int:
        """Return how many events were not taken, once that is known."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person who imports chose."""

    since_day: int | None = None
    cancel_missing: bool = False


class Importer:
    """One import of one file; `summary` says at any time how far it came."""

    def __init__(
        self,
        mapping: Mapping,
        journal: Journal,
        sink: EventSink,
        rejected: RejectedRows,
        summary: Summary,
        choices: ImportOptions,
    ) -> None:
        self.summary = summary
        self._mapping = mapping
        self._journal = journal
        self._sink = sink
        self._rejected = rejected
        self._choices = choices
        self._now = time.time() + SKEW_SECONDS

    def run(self, outcomes: Iterable[Outcome], on_progress: Callable[[], None]) -> None:
        """Import every row; raises `ImportFailed` when Kafka does not take them."""
        started = time.monotonic()
        for chunk in batches(self._wanted(outcomes), CHUNK_RECORDS):
            self._chunk(chunk)
            self.summary.seconds = time.monotonic() - started
            on_progress()
        self._settle_missing()
        self.summary.clients = self._journal.clients()
        self._journal.finish(self.summary.last_day)
        self.summary.finished = True
        self.summary.seconds = time.monotonic() - started

    def _wanted(self, outcomes: Iterable[Outcome]) -> Iterator[Record]:
        for outcome in outcomes:
            self.summary.read += 1
            match outcome:
                case Rejection():
                    self._reject(outcome)
                case Skipped():
                    self.summary.skipped[outcome.why] += 1
                case Record() if self._is_old(outcome):
                    self.summary.skipped[f"before {iso_day(self._choices.since_day)}"] += 1
                case Record() if self._is_ahead(outcome):
                    reason = "in the future; it is taken by an import after that day"
                    self._reject(Rejection(outcome.line, "the row's date", reason))
                case Record():
                    yield outcome

    def _is_old(self, record: Record) -> bool:
        since = self._choices.since_day
        return since is not None and record.day < since

    def _is_ahead(self, record: Record) -> bool:
        return any(event.at.timestamp() > self._now for event in record.events)

    def _reject(self, rejection: Rejection) -> None:
        self._rejected.add(rejection)
        self.summary.reject(rejection)

    def _chunk(self, records: list[Record]) -> None:
        known = self._journal.known([record.id for record in records])
        steps: list[tuple[Record, dict[str, Step]]] = []
        taken: dict[str, JournalRecord] = {}
        for record in records:
            before = taken.get(record.id) or known.get(record.id)
            wanted = {event.slot: published_record(event) for event in record.events}
            slots = before.slots if before else {}
            plan = {slot: step(slots.get(slot), wanted.get(slot)) for slot in {**slots, **wanted}}
            if before and before.run == self._journal.run:
                self._repeated(record, before, plan)
                continue
            after = {slot: one.record or one.withdraw or slots[slot] for slot, one in plan.items()}
            taken[record.id] = JournalRecord(after, self._journal.run, record.line)
            steps.append((record, plan))
            self._count(record, plan)
        self._publish(steps)

    def _repeated(self, record: Record, before: JournalRecord, plan: dict[str, Step]) -> None:
        if all(one.change in ("unchanged", "again") for one in plan.values()):
            self.summary.skipped["the same row again"] += 1
            return
        reason = f"line {before.line} has this id too, with other content"
        self._reject(Rejection(record.line, "id", reason))

    def _count(self, record: Record, plan: dict[str, Step]) -> None:
        self.summary.take(record)
        changes = {one.change for one in plan.values()} - {"again", "unchanged"}
        if not changes:
            self.summary.unchanged += 1
        elif all(one.change == "new" for one in plan.values()):
            self.summary.new += 1
        else:
            self.summary.changed += 1

    def _publish(self, steps: list[tuple[Record, dict[str, Step]]]) -> None:
        """Send withdrawals first, so that the journal never forgets one that is under way."""
        kind = self._mapping.kind
        takes: list[tuple[Put, Message]] = []
        says: list[tuple[Put, Message]] = []
        for record, plan in steps:
            events = {event.slot: event for event in record.events}
            for slot, one in plan.items():
                if one.withdraw:
                    put = Put(record.id, slot, one.withdraw, record.line, record.day)
                    takes.append((put, withdrawal(kind, record.id, slot, one.withdraw)))
                if one.record:
                    put = Put(record.id, slot, one.record, record.line, record.day)
                    says.append((put, recorded(record.id, events[slot], one.record)))
        self._send(takes)
        self._send(says)
        self._journal.met((record.line, record.day, record.id) for record, _ in steps)

    def _send(self, messages: list[tuple[Put, Message]]) -> None:
        if not messages:
            return
        self._journal.put(put for put, _ in messages)
        for _, message in messages:
            self._sink.publish(message.data, id=message.id, time=message.at)
        left = self._sink.flush(FLUSH_SECONDS)
        if left:
            raise ImportFailed(
                f"{left} events did not reach Kafka; {self.summary.events} did. Run the import "
                "again: it sends what is left"
            )
        for _, message in messages:
            self.summary.published[CONTRACT_OF_MODEL[type(message.data)].type] += 1
        self._journal.acknowledge((put.record, put.slot) for put, _ in messages)

    def _settle_missing(self) -> None:
        since = EVERY_DAY if self._choices.since_day is None else self._choices.since_day
        first = self.summary.first_day
        if first is None:
            return
        if self._choices.cancel_missing:
            self.summary.missing = self._journal.missing_count(since)
            if self._mapping.id.columns and self.summary.rejected:
                return
            self._cancel_missing(since)
        else:
            from_day = max(since, first)
            self.summary.missing = self._journal.missing_count(from_day)
            if self._mapping.id.content and 0 < self.summary.missing <= self.summary.new:
                self._cancel_missing(from_day)

    def _cancel_missing(self, from_day: int) -> None:
        kind = self._mapping.kind
        while missing := self._journal.missing(from_day):
            messages = []
            for record, slot, known in missing:
                gone = step(known, None).withdraw
                if gone:
                    put = Put(record, slot, gone, 0, known.day)
                    messages.append((put, withdrawal(kind, record, slot, gone)))
            if not messages:
                raise AssertionError("what is missing can be taken back, or this never ends")
            self._send(messages)
        self.summary.cancelled, self.summary.missing = self.summary.missing, 0


def batches(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Yield records in lists of at most `size`."""
    while batch := list(islice(records, size)):
        yield batch
