"""The summary of an import as lines for a person."""

from collections.abc import Iterator

from rapport.importers.summary import Summary, iso_day


def report_lines(summary: Summary, *, dry_run: bool) -> Iterator[str]:
    """Yield what was read, published, left out and rejected."""
    would = "would be " if dry_run else ""
    rows = f"{summary.read} read, {summary.new} new, {summary.changed} changed"
    yield f"rows: {rows}, {summary.unchanged} unchanged, {summary.rejected} rejected"
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(summary.published.items()))
    yield f"events {would}published: {summary.events}" + (f" ({kinds})" if kinds else "")
    if summary.first_day is not None:
        days = f"{iso_day(summary.first_day)} to {iso_day(summary.last_day)}"
        yield f"days: {days}; clients: {summary.clients}"
    for why, count in summary.skipped.most_common():
        yield f"left out: {count}: {why}"
    for reason, count in summary.reasons.most_common():
        yield f"rejected: {count}: {reason}"
    if summary.rejected_file:
        yield f"every rejected row, with its line: {summary.rejected_file}"
    if summary.cancelled:
        yield f"taken back: {summary.cancelled} rows that the file has no more"
    if summary.missing:
        yield (
            f"missing: {summary.missing} rows of an earlier file; --cancel-missing takes them back "
            "(not while rows are rejected)"
        )
