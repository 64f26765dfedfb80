"""Router: decoded events to pages, to another partition, or to dead letters."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

from rapport.domain.calendar import CLOCK_SKEW_SECONDS, UTC_CALENDAR, Calendar
from rapport.domain.clients.registry import Directory
from rapport.domain.ledger.page import CountChange, Outcome
from rapport.kafka.record_batch import Record
from rapport.worker.ingest.decoding import Decoded, DeskRecord, EntryGroup, group_of
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import PageId, PageStore
from rapport_schemas.wire.rejection import Rejected

FUTURE: Final = Rejected("from-the-future", "time", "more than 5 minutes ahead of the clock")
CONFLICT: Final = Rejected("conflict", "id", "this id and revision came before with other content")


class _Period(NamedTuple):
    """The days that may have pages now, and the latest time of an event."""

    earliest_day: float
    latest_day: int
    latest_seconds: float
    earliest_desk_day: float
    """The first day whose events leave an entry at the desk."""

    def has_day(self, day: int) -> bool:
        return self.earliest_day <= day <= self.latest_day


@dataclass(slots=True)
class RoutingResult:
    """The outcome of routing one chunk."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    changes: dict[str, list[CountChange]] = field(default_factory=dict)
    """Client -> changes of its pages."""
    dead: dict[int, Rejected] = field(default_factory=dict)
    """Offset -> the reason of its dead letter."""
    rejected_records: dict[int, Record] = field(default_factory=dict)
    """Offset -> the record, of those in `dead` that the decoder returned."""
    forward: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Offset -> the client and the partition that its record belongs to."""
    unknown_clients: list[EntryGroup | DeskRecord] = field(default_factory=list)
    newest_event_seconds: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    """What is kept of a dead letter that is too big for its topic -> dead letters."""


class Router:
    """Joins the events of the input partitions into pages, and into entries of the desk."""

    def __init__(
        self,
        pages: PageStore,
        desk: DeskStore,
        directory: Directory,
        partition_of: Callable[[str], int],
        horizon_days: int,
        keep_days: int,
        calendar: Calendar = UTC_CALENDAR,
    ) -> None:
        self._pages, self._desk = pages, desk
        self._directory = directory
        self._partition_of = partition_of
        self._calendar = calendar
        self.horizon_days = horizon_days
        """Older events are rejected."""
        self.keep_days = keep_days
        """Older events leave no entry at the desk."""

    def route(
        self, decoded: Decoded, partition: int, result: RoutingResult, now_seconds: float
    ) -> None:
        """Route a decoded chunk; groups of unknown clients are kept in `result`."""
        result.dead.update(decoded.rejected)
        result.rejected_records.update(decoded.rejected_records)
        period = self._period(now_seconds)
        routed: Iterable[EntryGroup | DeskRecord] = chain(decoded.groups, decoded.desk)
        for group in routed:
            self._route(group, partition, result, period)

    def route_unknown(self, result: RoutingResult, partition: int, now_seconds: float) -> None:
        """Route what is of unknown clients, once the registry is read to its end."""
        groups, result.unknown_clients = result.unknown_clients, []
        period = self._period(now_seconds)
        for group in groups:
            self._route(group, partition, result, period)
        for group in result.unknown_clients:
            unknown = Rejected(
                "unknown-client", "data.client", f"no client has the name or alias {group.client!r}"
            )
            result.dead.update(dict.fromkeys(group.offsets, unknown))
        result.unknown_clients = []

    def _route(
        self, group: EntryGroup | DeskRecord, partition: int, result: RoutingResult, period: _Period
    ) -> None:
        client = self._directory.resolve(group.client)
        if client is None:
            result.unknown_clients.append(group)
            return
        home = self._partition_of(client)
        if home != partition:
            result.forward.update(dict.fromkeys(group.offsets, (client, home)))
            return
        if isinstance(group, DeskRecord):
            self._record((home, client), group, period, result)
        else:
            self._post((home, client), group, period, result)

    def _post(
        self, owner: tuple[int, str], group: EntryGroup, period: _Period, result: RoutingResult
    ) -> None:
        if group.are_withdrawals:
            self._withdraw(owner, group, period, result)
            return
        timely = self._timely(group, result, period)
        if timely.entities:
            self._join((*owner, group.page_day), timely, result)

    def _record(
        self, owner: tuple[int, str], record: DeskRecord, period: _Period, result: RoutingResult
    ) -> None:
        """Join an entry into the desk, and what its event posts into the ledger: one event."""
        entry, offset = record.entry, record.offset
        if record.seconds > period.latest_seconds or entry.day > period.latest_day:
            result.dead[offset] = FUTURE
            return
        own = RoutingResult(changes=result.changes)
        group = group_of(record)
        if group is not None:
            self._post(owner, group, period, own)
        if entry.day >= period.earliest_desk_day:
            own.counts[self._desk.join(owner[0], entry._replace(client=owner[1]))] += 1
        outcomes = +own.counts  # those that are not zero
        if not outcomes:
            result.dead[offset] = own.dead.get(offset) or self._past_retention()
            return
        # What is too old for the ledger may still take back what the desk has.
        outcome = Outcome.CONFLICT if outcomes[Outcome.CONFLICT] else min(outcomes)
        result.counts[outcome] += 1
        if outcome is Outcome.CONFLICT:
            result.dead[offset] = CONFLICT
        result.newest_event_seconds = max(result.newest_event_seconds, record.seconds)

    def _past_retention(self) -> Rejected:
        return Rejected(
            "too-old", "time", f"older than the {self.keep_days} days of desk.keep_days"
        )

    def _join(self, page_id: PageId, group: EntryGroup, result: RoutingResult) -> None:
        changes = result.changes.setdefault(page_id[1], [])
        rows = group.entities, group.entries
        for row in self._pages.join(page_id, rows, changes, result.counts):
            result.dead[group.offsets[row]] = CONFLICT
        result.newest_event_seconds = max(result.newest_event_seconds, *group.seconds)

    def _period(self, now_seconds: float) -> _Period:
        latest_seconds = now_seconds + CLOCK_SKEW_SECONDS
        today = self._calendar.day_of(int(now_seconds))
        # A clock that was set back must not create a part of a page that is removed.
        earliest_day = max(today - self.horizon_days, self._pages.first_day)
        earliest_desk_day = max(today - self.keep_days, self._desk.first_day)
        latest_day = self._calendar.day_of(int(latest_seconds))
        return _Period(earliest_day, latest_day, latest_seconds, earliest_desk_day)

    def _timely(self, group: EntryGroup, result: RoutingResult, period: _Period) -> EntryGroup:
        """Return the group without events from the future or older than the horizon."""
        earliest_day, latest_day, latest_seconds, _ = period
        if (
            not group.has_moved_entries
            and earliest_day <= group.page_day <= latest_day
            and max(group.seconds) <= latest_seconds
        ):
            return group
        timely = EntryGroup(group.client, group.page_day, has_moved_entries=group.has_moved_entries)
        rows = zip(group.entities, group.entries, group.offsets, group.seconds, strict=True)
        for entity, entry, offset, seconds in rows:
            if seconds > latest_seconds or entry[1] > latest_day:
                result.dead[offset] = FUTURE
            elif min(entry[1], group.page_day) < earliest_day:
                result.dead[offset] = self._too_old()
            else:
                timely.entities.append(entity)
                timely.entries.append(entry)
                timely.offsets.append(offset)
                timely.seconds.append(seconds)
        return timely

    def _too_old(self) -> Rejected:
        return Rejected("too-old", "time", f"older than the horizon of {self.horizon_days} days")

    def _withdraw(
        self, owner: tuple[int, str], group: EntryGroup, period: _Period, result: RoutingResult
    ) -> None:
        """Retract each event on both days that it may be on, of those that may have pages."""
        changes = result.changes.setdefault(owner[1], [])
        rows = zip(group.entities, group.entries, group.offsets, group.seconds, strict=True)
        for entity, (revision, last_day, fact), offset, seconds in rows:
            if seconds > period.latest_seconds or group.page_day > period.latest_day:
                result.dead[offset] = FUTURE
                continue
            if last_day < period.earliest_day:
                result.dead[offset] = self._too_old()
                continue
            days = sorted({group.page_day, last_day})
            counts = result.counts
            for day in filter(period.has_day, days):
                row = [entity], [(revision, day, fact)]
                if self._pages.join((*owner, day), row, changes, counts):
                    result.dead[offset] = CONFLICT
                counts = Counter()  # one event counts once
            result.newest_event_seconds = max(result.newest_event_seconds, seconds)
