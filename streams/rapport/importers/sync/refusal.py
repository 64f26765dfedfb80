"""Why an import withdraws nothing: rows of the file are unread, or may be elsewhere in it."""

from collections.abc import Sequence

from rapport.importers.summary import Summary


def refusal(summary: Summary, missing_from: set[str]) -> str | None:
    """Return why nothing may be withdrawn after a file was read; None if it may.

    `missing_from` are the sheets from which earlier imports read the missing rows.
    """
    if summary.more_rows:
        return "this file is one page of several; import one file with all records"
    unread = [sheet.name for sheet in summary.sheets_passed_over if sheet.has_columns]
    if unread:
        return (
            f"the rows of {_names(unread)} in this file were not read and may be among them; "
            "--sheet NAME says which one is the whole export; to import each, give each a --part "
            "of its own"
        )
    elsewhere = [s.name for s in summary.sheets_passed_over if s.name in missing_from]
    if elsewhere:
        return (
            f"an earlier import read missing rows from {_names(elsewhere)}, which this file still "
            "has; import each sheet with --sheet and a --part of its own"
        )
    if doubtful := summary.rejected + summary.rows_unread:
        return (
            f"{doubtful} rows of this file were rejected or not read and may be among them; "
            "correct these rows and import the file again"
        )
    if summary.answers_rejected:
        return (
            f"{summary.answers_rejected} answers of this file are not understood; correct these "
            "rows or the mapping, and import the file again"
        )
    return None


def _names(sheets: Sequence[str | None]) -> str:
    return " and ".join(map(repr, sheets))
