"""The counts of an import: as JSON, and as lines for the terminal."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.importers.rows.row import Rejection, SourceRecord

REASONS_MAX = 20


@dataclass(slots=True)
class Summary:
    """The counts of an import, up to date while it runs."""

    file: str
    source: str
    read: int = 0
    """Rows; tickets in a log with many rows per ticket."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    """Events, by type."""
    missing: int = 0
    cancelled: int = 0
    clients: int = 0
    first_day: int | None = None
    last_day: int | None = None
    rejected_file: str | None = None
    finished: bool = False
    seconds: float = 0.0

    @property
    def events(self) -> int:
        """The number of published events."""
        return self.published.total()

    def add_days(self, record: SourceRecord) -> None:
        """Extend the first and last day by those of a record."""
        self.first_day = record.day if self.first_day is None else min(self.first_day, record.day)
        self.last_day = record.day if self.last_day is None else max(self.last_day, record.day)

    def reject(self, rejection: Rejection) -> None:
        """Count a rejected row, and its reason without the quoted value."""
        self.rejected += 1
        reason = f"{rejection.path}: {_general(rejection.reason)}"
        if reason in self.reasons or len(self.reasons) < REASONS_MAX:
            self.reasons[reason] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "reasons": dict(self.reasons.most_common()),
            "skipped": dict(self.skipped.most_common(REASONS_MAX)),
            "published": self.events,
            "events": dict(sorted(self.published.items())),
            "first_day": iso_day(self.first_day),
            "last_day": iso_day(self.last_day),
            "seconds": round(self.seconds, 3),
        }


def report_lines(summary: Summary, *, dry_run: bool) -> Iterator[str]:
    """Yield lines for the terminal: rows read, published, left out and rejected."""
    would = "would be " if dry_run else ""
    rows = f"{summary.read} read, {summary.new} new, {summary.changed} changed"
    yield f"rows: {rows}, {summary.unchanged} unchanged, {summary.rejected} rejected"
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(summary.published.items()))
    yield f"events {would}published: {summary.events}" + (f" ({kinds})" if kinds else "")
    if summary.first_day is not None:
        days = f"{iso_day(summary.first_day)} to {iso_day(summary.last_day)}"
        yield f"days: {days}; clients: {summary.clients}"
    for reason, count in summary.skipped.most_common():
        yield f"left out: {count}: {reason}"
    for reason, count in summary.reasons.most_common():
        yield f"rejected: {count}: {reason}"
    if summary.rejected_file:
        yield f"all rejected rows, with line numbers: {summary.rejected_file}"
    if summary.cancelled:
        yield f"withdrawn: {summary.cancelled} rows that are no longer in the file"
    if summary.missing:
        yield (
            f"missing: {summary.missing} rows of an earlier file; --cancel-missing withdraws them "
            "(not while rows are rejected)"
        )


def iso_day(day: int | None) -> str | None:
    """Return a day number (days since 1970-01-01) as an ISO date.

    >>> iso_day(20514)
    '2026-03-02'
    """
    if day is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()


def _general(reason: str) -> str:
    if reason.startswith(("'", '"')):
        quote = reason[0]
        return "…" + reason[reason.find(quote, 1) + 1 :]
    return reason
