"""From raw records to pages: decode, route, fold. Whatever a record holds, the next is handled."""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from rapport.schemas.envelope import Envelope, read
from rapport.schemas.registry import CONTRACTS
from rapport.schemas.rejections import Rejected
from rapport.streams.core.clients import Directory
from rapport.streams.core.facts import FACT_TYPES, FindSignals, posting
from rapport.streams.core.ledger import Change, Outcome
from rapport.streams.shell.pages import PageStore

log = logging.getLogger(__name__)
SKEW_SECONDS: Final = 300
DAY_SECONDS: Final = 86_400
OUTCOMES: Final = {
    Outcome.APPLIED: "applied",
    Outcome.DUPLICATE: "duplicate",
    Outcome.SUPERSEDED: "superseded",
    Outcome.CONFLICT: "conflict",
}


@dataclass(slots=True)
class Batch:
    """What folding one batch of records led to."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    dead: list[tuple[Any, Rejected]] = field(default_factory=list)
    forward: list[tuple[Any, str, int]] = field(default_factory=list)
    strangers: list[Any] = field(default_factory=list)
    newest_event_seconds: int = 0


class Fold:
    """Folds the records of one input partition into pages."""

    def __init__(
        self,
        pages: PageStore,
        directory: Directory,
        find_signals: FindSignals,
        partition_of: Callable[[str], int],
        horizon_days: int,
    ) -> None:
        self._pages = pages
        self._directory = directory
        self._find_signals = find_signals
        self._partition_of = partition_of
        self._horizon_days = horizon_days

    def records(self, records: Iterable[Any], batch: Batch, *, now: float, last: bool) -> None:
        """Fold `records` into pages and `batch`; with `last`, an unknown client is a rejection."""
        for record in records:
            try:
                self._record(record, batch, now, last)
            except Rejected as rejected:
                batch.dead.append((record, rejected))
            except Exception as error:  # noqa: BLE001 # one poisoned record never drops its batch
                batch.dead.append((record, internal_error(error)))

    def _record(self, record: Any, batch: Batch, now: float, last: bool) -> None:  # noqa: FBT001 # the hot path passes by position
        envelope = read(record.key, record.value, record.headers)
        if envelope.type not in FACT_TYPES:
            raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
        data = CONTRACTS[envelope.type].decode(envelope.data)
        client = self._directory.resolve(data.client)
        if client is None:
            if last:
                raise Rejected("unknown-client", "data.client", f"nobody goes by {data.client!r}")
            batch.strangers.append(record)
            return
        partition = self._partition_of(client)
        if partition != record.partition:
            batch.forward.append((record, client, partition))
            return
        self._post(client, envelope, data, batch, now)

    def _post(self, client: str, envelope: Envelope, data: Any, batch: Batch, now: float) -> None:
        seconds = envelope.epoch_seconds
        page_day, post = posting(
            envelope.type,
            data,
            (envelope.source, envelope.id),
            seconds // DAY_SECONDS,
            self._find_signals,
        )
        self._check_time(seconds, post.day, now)
        changes = batch.changes.get(client)
        if changes is None:
            changes = batch.changes[client] = []
        outcome = self._pages.apply(client, page_day, post, changes)
        batch.counts[outcome] += 1
        batch.newest_event_seconds = max(batch.newest_event_seconds, seconds)
        if outcome is Outcome.CONFLICT:
            raise Rejected("conflict", "id", "this id and revision came before with other content")

    def _check_time(self, seconds: int, day: int, now: float) -> None:
        if seconds > now + SKEW_SECONDS or day * DAY_SECONDS > now + SKEW_SECONDS:
            raise Rejected("from-the-future", "time", "more than 5 minutes ahead of the clock")
        if day < now // DAY_SECONDS - self._horizon_days:
            raise Rejected(
                "too-old", "time", f"older than the horizon of {self._horizon_days} days"
            )


def internal_error(error: Exception) -> Rejected:
    """Return the rejection of a record that the worker itself failed on, with a fingerprint."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    text = f"{type(error).__name__} at {where}"
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:12]
    log.error("a record could not be folded (fingerprint %s)", fingerprint, exc_info=error)
    return Rejected("internal-error", "", f"{type(error).__name__}, fingerprint {fingerprint}")


def clock_seconds() -> float:
    """Return the wall clock."""
    return time.time()
