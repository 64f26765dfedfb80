"""Imports one file: publishes the rows that are new, changed or gone, and no others.

The file is read in bounded chunks. The journal is written before each chunk is sent.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

from pydantic import BaseModel

from rapport.domain.calendar import CLOCK_SKEW_SECONDS, DAY_SECONDS
from rapport.domain.policy.model import HORIZON_DAYS_MAX
from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.dates.zones import offer
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.row import Outcome, Rejection, Skipped, SourceRecord
from rapport.importers.summary import Summary, iso_day
from rapport.importers.sync.diff import Change, Step, step, withdrawn_entry
from rapport.importers.sync.journal import Journal, JournalRecord, Origin, Put, Slots
from rapport.importers.sync.messages import Message, recorded, row_state, withdrawal
from rapport.importers.sync.refusal import refusal
from rapport.importers.sync.rejected_rows import RejectedRows
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

CHUNK_RECORDS: Final = 2_000
FLUSH_SECONDS: Final = 60.0
EVERY_DAY: Final = -1_000_000
UNCHANGED: Final[frozenset[Change]] = frozenset({"unchanged", "resent"})
Plan = dict[str, Step]
"""Slot -> the change of that event of a record."""


class EventSink(Protocol):
    """The destination of events: a publisher, or a no-op sink in a dry run."""

    def publish(self, data: BaseModel, *, id: str | None, time: datetime | None) -> Any:  # noqa: A002 # CloudEvents' own name
        """Accept an event."""

    def flush(self, timeout_seconds: float) -> int:
        """Wait for the acknowledgements, and return the number of events without one."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The user's options for an import."""

    since_day: int | None = None
    cancel_missing: bool = False


class Importer:
    """One import of one file; `summary` has its progress at any time."""

    def __init__(
        self,
        mapping: Mapping,
        journal: Journal,
        sink: EventSink,
        rejected: RejectedRows,
        summary: Summary,
        options: ImportOptions,
    ) -> None:
        self.summary = summary
        self._mapping = mapping
        self._journal = journal
        self._sink = sink
        self._rejected = rejected
        self._options = options
        self._now = time.time() + CLOCK_SKEW_SECONDS
        self._held_rows = 0
        self._oldest_day = int(self._now // DAY_SECONDS) - HORIZON_DAYS_MAX

    def run(self, outcomes: Iterable[Outcome], on_progress: Callable[[], None]) -> None:
        """Import every row; raises `ImportFailed` when Kafka does not acknowledge events."""
        started = time.monotonic()
        for chunk in batches(self._accepted(outcomes), CHUNK_RECORDS):
            self._import_chunk(chunk)
            self.summary.seconds = time.monotonic() - started
            on_progress()
        self._settle_held()
        self._settle_missing()
        self.summary.clients = self._journal.clients()
        self._journal.finish(self.summary.last_day)
        self.summary.finished = True
        self.summary.seconds = time.monotonic() - started

    def _accepted(self, outcomes: Iterable[Outcome]) -> Iterator[SourceRecord]:
        for outcome in outcomes:
            self.summary.read += 1
            match outcome:
                case Rejection():
                    self._reject(outcome)
                case Skipped():
                    self.summary.skipped[outcome.reason] += 1
                case SourceRecord() if self._is_old(outcome):
                    self.summary.skipped[f"before {iso_day(self._options.since_day)}"] += 1
                case SourceRecord() if self._is_future(outcome):
                    self.summary.in_future += 1
                    self._reject(Rejection(outcome.line, "the row's date", self._future_reason()))
                case SourceRecord():
                    self.summary.beyond_horizon += outcome.day < self._oldest_day
                    for rejection in outcome.unread:
                        self._rejected.add(rejection)
                        self.summary.reject_answer(rejection)
                    yield outcome

    def _is_old(self, record: SourceRecord) -> bool:
        since = self._options.since_day
        return since is not None and record.day < since

    def _is_future(self, record: SourceRecord) -> bool:
        return any(event.at.timestamp() > self._now for event in record.events)

    def _future_reason(self) -> str:
        """Return why a row of the future is rejected, with the zone that may be missing."""
        dates = self._mapping.dates
        offered = offer(is_said=dates.has_zone) or "--zone says the zone of the file's times"
        zone = "" if dates.has_zone else f"; times are read as UTC, and {offered}"
        return f"in the future; import the file again after that day{zone}"

    def _reject(self, rejection: Rejection) -> None:
        self._rejected.add(rejection)
        self.summary.reject(rejection)

    def _import_chunk(self, records: list[SourceRecord]) -> None:
        journal = self._journal.records([record.id for record in records])
        plans: list[tuple[SourceRecord, Plan]] = []
        origins: list[Origin] = []
        for record in records:
            previous = journal.get(record.id)
            rows = {event.slot: row_state(event) for event in record.events}
            slots = previous.slots if previous else {}
            plan = {slot: step(slots.get(slot), rows.get(slot)) for slot in {**slots, **rows}}
            plan = self._without_partial(record, plan)
            if previous and previous.run == self._journal.run:
                self._skip_duplicate(record, previous, plan)
                continue
            after = {slot: one.record or one.withdraw or slots[slot] for slot, one in plan.items()}
            journal[record.id] = JournalRecord(after, self._journal.run, record.line)
            origins.append(Origin(record.id, record.number, _is_new(slots)))
            plans.append((record, plan))
            self._count(record, plan)
        if self._mapping.id.content:
            self._journal.put_origins(origins)
        self._publish(plans)

    def _without_partial(self, record: SourceRecord, plan: Plan) -> Plan:
        """Return the plan without corrections by events that lack an answer."""
        kept = {
            event.slot
            for event in record.events
            if event.is_partial and plan[event.slot].withdraw and plan[event.slot].record
        }
        self.summary.kept += len(kept)
        return {slot: Step("unchanged") if slot in kept else one for slot, one in plan.items()}

    def _skip_duplicate(self, record: SourceRecord, previous: JournalRecord, plan: Plan) -> None:
        if all(one.change in UNCHANGED for one in plan.values()):
            self.summary.skipped["the same row again"] += 1
            return
        reason = f"line {previous.line} has this id too, with other content"
        self._reject(Rejection(record.line, "id", reason))

    def _count(self, record: SourceRecord, plan: Plan) -> None:
        self.summary.add_days(record)
        changes = {one.change for one in plan.values()} - UNCHANGED
        if not changes:
            self.summary.unchanged += 1
        elif changes == {"withdrawn"}:
            self._held_rows += 1
        elif {one.change for one in plan.values()} == {"new"}:
            self.summary.new += 1
        else:
            self.summary.changed += 1

    def _publish(self, plans: list[tuple[SourceRecord, Plan]]) -> None:
        """Send withdrawals first: the entry of a new revision replaces the withdrawal's entry.

        A withdrawal without a new revision waits for the end of the file.
        """
        kind = self._mapping.kind
        withdrawals: list[tuple[Put, Message]] = []
        records: list[tuple[Put, Message]] = []
        held: list[tuple[str, str]] = []
        for record, plan in plans:
            events = {event.slot: event for event in record.events}
            for slot, one in plan.items():
                if one.change == "withdrawn":
                    held.append((record.id, slot))
                elif one.withdraw:
                    put = Put(record.id, slot, one.withdraw, record.line, record.day)
                    withdrawals.append((put, withdrawal(kind, record.id, slot, one.withdraw)))
                if one.record:
                    put = Put(record.id, slot, one.record, record.line, record.day)
                    records.append((put, recorded(record.id, events[slot], one.record)))
        self._send(withdrawals)
        self._send(records)
        self._journal.hold(held)
        self._journal.mark_present((record.line, record.day, record.id) for record, _ in plans)

    def _send(self, messages: list[tuple[Put, Message]]) -> None:
        if not messages:
            return
        self._journal.put(put for put, _ in messages)
        for _, message in messages:
            self._sink.publish(message.data, id=message.id, time=message.at)
        unsent = self._sink.flush(FLUSH_SECONDS)
        if unsent:
            raise ImportFailed(
                f"{unsent} events did not reach Kafka; {self.summary.events} did. Run the import "
                "again: it sends the others"
            )
        for _, message in messages:
            self.summary.published[CONTRACT_OF_MODEL[type(message.data)].type] += 1
        self._journal.acknowledge((put.record, put.slot) for put, _ in messages)

    def _settle_held(self) -> None:
        """Withdraw what rows of the file no longer have, unless a part of the file is unread."""
        count = self._journal.held_count()
        if not count:
            return
        if cause := refusal(self.summary, set()):
            self.summary.held = count
            self.summary.unchanged += self._held_rows
            self.summary.not_withdrawn = f"none was withdrawn, because {cause}"
            return
        self.summary.changed += self._held_rows
        kind = self._mapping.kind
        while held := self._journal.release_held():
            messages = []
            for record, slot, line, newest, entry in held:
                withdrawn = withdrawn_entry(entry)
                put = Put(record, slot, withdrawn, line, newest)
                messages.append((put, withdrawal(kind, record, slot, withdrawn)))
            self._send(messages)

    def _settle_missing(self) -> None:
        since = EVERY_DAY if self._options.since_day is None else self._options.since_day
        first = self.summary.first_day
        if first is None and not self._options.cancel_missing:
            return
        from_day = since if self._options.cancel_missing or first is None else max(since, first)
        self.summary.missing = self._journal.missing_count(from_day)
        if not self.summary.missing:
            return
        cause = refusal(self.summary, self._journal.sheets_of_missing(from_day))
        if cause is None and first is None:
            cause = "this file has no rows"
        only_replaced = not self._options.cancel_missing
        if only_replaced and not self._replaces(from_day):
            self.summary.missing_refused = cause
        elif cause is not None:
            self.summary.not_withdrawn = f"none was withdrawn, because {cause}"
        else:
            self._cancel_missing(from_day, only_replaced=only_replaced)

    def _replaces(self, from_day: int) -> bool:
        """Return whether new rows replace missing ones by themselves."""
        return bool(self._mapping.id.content) and self._journal.find_replaced(from_day) > 0

    def _cancel_missing(self, from_day: int, *, only_replaced: bool) -> None:
        kind, before = self._mapping.kind, self.summary.missing
        while missing := self._journal.missing(from_day, only_replaced=only_replaced):
            messages = []
            for record, slot, entry in missing:
                withdrawn = step(entry, None).withdraw
                if withdrawn:
                    put = Put(record, slot, withdrawn, 0, entry.day)
                    messages.append((put, withdrawal(kind, record, slot, withdrawn)))
            if not messages:
                raise AssertionError("every missing event can be withdrawn, or the loop never ends")
            self._send(messages)
        self.summary.missing = self._journal.missing_count(from_day)
        self.summary.cancelled = before - self.summary.missing


def batches(records: Iterator[SourceRecord], size: int) -> Iterator[list[SourceRecord]]:
    """Yield records in lists of at most `size`."""
    while batch := list(islice(records, size)):
        yield batch


def _is_new(published: Slots) -> bool:
    """Whether nothing is published of a record, or it was withdrawn: it may replace another."""
    return all(entry.withdrawn for entry in published.values())
