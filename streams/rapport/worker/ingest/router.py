"""From decoded chunks to pages: who the client is, whose partition it is, whether the day fits."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.clients import Directory
from rapport.domain.ledger.page import Change, Outcome
from rapport.kafka.record_batch import Record
from rapport.worker.ingest.decoding import Decoded, Group
from rapport.worker.storage.pages import PageStore
from rapport_schemas.wire.rejection import Rejected

SKEW_SECONDS: Final = 300

FUTURE: Final = Rejected("from-the-future", "time", "more than 5 minutes ahead of the clock")
CONFLICT: Final = Rejected("conflict", "id", "this id and revision came before with other content")


@dataclass(slots=True)
class RoutingResult:
    """What folding one chunk led to."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    dead: dict[int, Rejected] = field(default_factory=dict)
    """Offset -> why."""
    rejected_records: dict[int, Record] = field(default_factory=dict)
    """Offset -> the record, of those in `dead` that its decoder gave back."""
    forward: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Offset -> the client and the partition that its record belongs to."""
    unknown_clients: list[Group] = field(default_factory=list)
    newest_event_seconds: int = 0


class Router:
    """Folds the chunks of the input partitions into pages."""

    def __init__(
        self,
        pages: PageStore,
        directory: Directory,
        partition_of: Callable[[str], int],
        horizon_days: int,
    ) -> None:
        self._pages = pages
        self._directory = directory
        self._partition_of = partition_of
        self.horizon_days = horizon_days
        """Older events are refused."""

    def route(
        self, decoded: Decoded, partition: int, batch: RoutingResult, now_seconds: float
    ) -> None:
        """Fold what a chunk says into pages and `batch`; who is unknown is set apart in it."""
        batch.dead.update(decoded.rejected)
        batch.rejected_records.update(decoded.rejected_records)
        for group in decoded.groups:
            self._group(group, partition, batch, now_seconds)

    def route_unknown(self, batch: RoutingResult, partition: int, now_seconds: float) -> None:
        """Fold what was set apart, now that the registry is read to its end."""
        groups, batch.unknown_clients = batch.unknown_clients, []
        for group in groups:
            self._group(group, partition, batch, now_seconds)
        for group in batch.unknown_clients:
            unknown = Rejected("unknown-client", "data.client", f"nobody goes by {group.client!r}")
            batch.dead.update(dict.fromkeys(group.offsets, unknown))
        batch.unknown_clients = []

    def _group(
        self, group: Group, partition: int, batch: RoutingResult, now_seconds: float
    ) -> None:
        client = self._directory.resolve(group.client)
        if client is None:
            batch.unknown_clients.append(group)
            return
        home = self._partition_of(client)
        if home != partition:
            batch.forward.update(dict.fromkeys(group.offsets, (client, home)))
            return
        timely = self._timely(group, batch, now_seconds)
        if timely.entities:
            self._post((home, client, group.page_day), timely, batch)

    def _post(self, place: tuple[int, str, int], group: Group, batch: RoutingResult) -> None:
        changes = batch.changes.setdefault(place[1], [])
        rows = group.entities, group.entries
        for row in self._pages.join(place, rows, changes, batch.counts):
            batch.dead[group.offsets[row]] = CONFLICT
        batch.newest_event_seconds = max(batch.newest_event_seconds, *group.seconds)

    def _timely(self, group: Group, batch: RoutingResult, now_seconds: float) -> Group:
        """Return the group without what lies ahead of the clock or behind the horizon."""
        latest_seconds = now_seconds + SKEW_SECONDS
        latest_day = int(latest_seconds // DAY_SECONDS)
        # A clock that was put back must not make a part of a page that is removed.
        earliest_day = max(
            int(now_seconds // DAY_SECONDS) - self.horizon_days, self._pages.first_day
        )
        if (
            not group.has_moved_entries
            and earliest_day <= group.page_day <= latest_day
            and max(group.seconds) <= latest_seconds
        ):
            return group
        kept = Group(group.client, group.page_day, has_moved_entries=group.has_moved_entries)
        rows = zip(group.entities, group.entries, group.offsets, group.seconds, strict=True)
        for entity, entry, offset, seconds in rows:
            if seconds > latest_seconds or entry[1] > latest_day:
                batch.dead[offset] = FUTURE
            elif min(entry[1], group.page_day) < earliest_day:
                batch.dead[offset] = Rejected(
                    "too-old", "time", f"older than the horizon of {self.horizon_days} days"
                )
            else:
                kept.entities.append(entity)
                kept.entries.append(entry)
                kept.offsets.append(offset)
                kept.seconds.append(seconds)
        return kept
