"""The counts of an import: as JSON, and as lines for the terminal."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.domain.policy.model import HORIZON_DAYS_MAX
from rapport.importers.files.headers import OtherSheet
from rapport.importers.inspection.inspect import Inspection
from rapport.importers.mapping.absent import COSTLY, cost_of
from rapport.importers.rows.row import Rejection, SourceRecord

REASONS_MAX = 20
EXAMPLES_MAX = 3


@dataclass(slots=True)
class Summary:
    """The counts of an import, up to date while it runs."""

    file: str
    source: str
    rows_in_file: int | None = None
    """Rows below the header, counted from the bytes of the file, apart from the reader."""
    rows_read: int = 0
    """Rows that the reader returned, readable or not."""
    more_rows: str | None = None
    """What says that the export has more rows than the file: it is one page of several."""
    read: int = 0
    """Outcomes: one for each row; in a log with many rows per ticket, one for each ticket."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    answers_rejected: int = 0
    """Answers that are not understood, in rows whose other answers were read."""
    skipped: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Reason -> the first lines that were rejected for it."""
    published: Counter[str] = field(default_factory=Counter)
    """Events, by type."""
    missing: int = 0
    cancelled: int = 0
    held: int = 0
    """Events that rows of the file no longer have, and that were not withdrawn."""
    kept: int = 0
    """Events that stay as published, because an answer of their row is not understood."""
    not_withdrawn: str | None = None
    """Why nothing was withdrawn, though rows or events are missing from this file."""
    missing_refused: str | None = None
    """Why --cancel-missing would withdraw nothing."""
    encoding: str | None = None
    """The encoding of a text file, with the number of lines that have another one."""
    sheet: str | None = None
    """The sheet that was read, or the path of the records in a JSON document."""
    sheets_passed_over: list[OtherSheet] = field(default_factory=list)
    """The other sheets, each with the reason."""
    columns: dict[str, list[str]] = field(default_factory=dict)
    """Field of the mapping -> the columns that it was read from."""
    not_found: list[str] = field(default_factory=list)
    """Fields of the contract that no column and no constant fills."""
    columns_gone: list[str] = field(default_factory=list)
    """Columns that earlier imports of the source had."""
    clients: int = 0
    first_day: int | None = None
    last_day: int | None = None
    beyond_horizon: int = 0
    """Rows older than every horizon that a policy may have: a worker drops their events."""
    in_future: int = 0
    """Rejected rows that lie in the future."""
    rejected_file: str | None = None
    finished: bool = False
    seconds: float = 0.0
    inspection: Inspection | None = None
    """What the whole file says about its values."""

    @property
    def events(self) -> int:
        """The number of published events."""
        return self.published.total()

    @property
    def rows_unread(self) -> int:
        """The difference between the rows counted in the file and the rows read."""
        return 0 if self.rows_in_file is None else abs(self.rows_in_file - self.rows_read)

    @property
    def is_complete(self) -> bool:
        """Whether the file is a whole export, every row was read, and no cell was rejected."""
        unread = self.rejected or self.answers_rejected or self.rows_unread
        return not (unread or self.more_rows)

    def add_days(self, record: SourceRecord) -> None:
        """Extend the first and last day by those of a record."""
        self.first_day = record.day if self.first_day is None else min(self.first_day, record.day)
        self.last_day = record.day if self.last_day is None else max(self.last_day, record.day)

    def reject(self, rejection: Rejection) -> None:
        """Count a rejected row, and its reason without the quoted value."""
        self.rejected += 1
        self._count_reason(rejection)

    def reject_answer(self, rejection: Rejection) -> None:
        """Count a rejected answer of a row whose other answers were read."""
        self.answers_rejected += 1
        self._count_reason(rejection)

    def _count_reason(self, rejection: Rejection) -> None:
        reason = f"{rejection.path}: {_general(rejection.reason)}"
        if reason in self.reasons or len(self.reasons) < REASONS_MAX:
            self.reasons[reason] += 1
            if self.reasons[reason] <= EXAMPLES_MAX:
                self.examples.setdefault(reason, []).append(_example(rejection))

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "reasons": dict(self.reasons.most_common()),
            "skipped": dict(self.skipped.most_common(REASONS_MAX)),
            "rows_unread": self.rows_unread,
            "published": self.events,
            "events": dict(sorted(self.published.items())),
            "first_day": iso_day(self.first_day),
            "last_day": iso_day(self.last_day),
            "seconds": round(self.seconds, 3),
            "inspection": self.inspection and asdict(self.inspection),
        }


def report_lines(summary: Summary, *, dry_run: bool) -> Iterator[str]:
    """Yield lines for the terminal: rows read, published, left out and rejected."""
    would = "would be " if dry_run else ""
    yield from _file_lines(summary)
    rows = f"{summary.read} read, {summary.new} new, {summary.changed} changed"
    yield f"rows: {rows}, {summary.unchanged} unchanged, {summary.rejected} rejected"
    if summary.answers_rejected:
        count = summary.answers_rejected
        yield f"answers: {count} rejected, in rows whose other answers were read"
    if summary.kept:
        yield f"kept as published: {summary.kept} events, because an answer is not understood"
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(summary.published.items()))
    yield f"events {would}published: {summary.events}" + (f" ({kinds})" if kinds else "")
    if summary.first_day is not None:
        days = f"{iso_day(summary.first_day)} to {iso_day(summary.last_day)}"
        yield f"days: {days}; clients: {summary.clients}"
    if summary.beyond_horizon:
        yield (
            f"too old: {summary.beyond_horizon} rows lie over {HORIZON_DAYS_MAX} days back, beyond "
            "every horizon of a policy: a worker drops them; --since leaves them out"
        )
    for reason, count in summary.skipped.most_common():
        yield f"left out: {count}: {reason}"
    for reason, count in summary.reasons.most_common():
        more = ", …" if count > EXAMPLES_MAX else ""
        yield f"rejected: {count}: {reason} ({', '.join(summary.examples[reason])}{more})"
    if summary.rejected_file:
        yield f"all rejected rows, with line numbers: {summary.rejected_file}"
    if summary.cancelled:
        yield f"withdrawn: {summary.cancelled} rows that are no longer in the file"
    yield from _missing_lines(summary)


def _missing_lines(summary: Summary) -> Iterator[str]:
    """Yield what is missing from the file, and why it was not withdrawn."""
    if summary.held:
        yield f"kept: {summary.held} events that their rows no longer have; {summary.not_withdrawn}"
    if not summary.missing:
        return
    if summary.missing_refused:
        text = f"--cancel-missing would withdraw none, because {summary.missing_refused}"
    else:
        text = summary.not_withdrawn or "--cancel-missing withdraws them"
    yield f"missing: {summary.missing} rows of an earlier file; {text}"


def _file_lines(summary: Summary) -> Iterator[str]:
    """Yield how the file was read, and what of it was not."""
    if summary.rows_in_file is not None:
        yield f"file: {summary.rows_in_file} rows below the header, {summary.rows_read} read"
    if summary.rows_unread:
        yield (
            f"not read: {summary.rows_unread} rows; a quote that never closes often joins rows: "
            'look for a " without a second one, correct the file and import it again'
        )
    if summary.more_rows:
        yield (
            f"not whole: the file is one page of several: {summary.more_rows}; import the other "
            "pages too, or an export with all records"
        )
    yield from _reading_lines(summary)
    if summary.columns:
        taken = (f"{field} from {_names(field, names)}" for field, names in summary.columns.items())
        yield "columns: " + ", ".join(taken)
    costly = [field for field in summary.not_found if field in COSTLY]
    others = [field for field in summary.not_found if field not in COSTLY]
    for field_name in costly:
        yield f"no column for {field_name}: {cost_of(field_name)}"
    if others:
        yield f"no column for: {', '.join(others)}"


def _reading_lines(summary: Summary) -> Iterator[str]:
    """Yield how the values of the file were read: sheet, dates, zone, amounts and notes."""
    if summary.encoding not in (None, "utf-8", "utf-8-sig"):
        yield f"encoding: {summary.encoding}; --encoding says another one"
    if summary.sheet:
        others = ", ".join(summary.sheets_passed_over)
        yield f"sheet: {summary.sheet!r}" + (f"; passed over: {others}" if others else "")
    inspection = summary.inspection or Inspection()
    values = {
        "dates": inspection.date_order,
        "zone": inspection.zone,
        "decimal mark": inspection.decimal,
        "currency": ", ".join(inspection.currencies) or None,
    }
    yield from (f"{name}: {value}" for name, value in values.items() if value)
    yield from (f"check: {note}" for note in inspection.notes)


def _names(field: str, columns: list[str]) -> str:
    are_joined = field.startswith("id.") or field.endswith(".comment")
    return (" + " if are_joined else " or ").join(map(repr, columns))


def iso_day(day: int | None) -> str | None:
    """Return a day number (days since 1970-01-01) as an ISO date.

    >>> iso_day(20514)
    '2026-03-02'
    """
    if day is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()


def _example(rejection: Rejection) -> str:
    """Return the line and the quoted value of a rejected row: `line 7 '1.250'`."""
    general, reason = _general(rejection.reason), rejection.reason
    quoted = reason.removesuffix(general.removeprefix("…")) if general != reason else ""
    return f"line {rejection.line} {quoted}".strip()


def _general(reason: str) -> str:
    if reason.startswith(("'", '"')):
        quote = reason[0]
        return "…" + reason[reason.find(quote, 1) + 1 :]
    return reason
