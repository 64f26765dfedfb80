"""Inspects a file before it is published: one pass over its rows with the mapping's header.

Each check sees every readable row that the mapping does not skip. A row that cannot be read is
counted, and the pass goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapport.importers.errors import RowError
from rapport.importers.files.table import Table
from rapport.importers.inspection.amount_marks import AmountCheck, UnitCheck
from rapport.importers.inspection.answer_scale import answer_checks
from rapport.importers.inspection.client_keys import ClientKeyCheck
from rapport.importers.inspection.date_order import DateOrderCheck
from rapport.importers.inspection.doubt import Check, Doubt, DoubtfulFile, Fact
from rapport.importers.inspection.due_times import DueCheck
from rapport.importers.inspection.long_ids import long_id_checks
from rapport.importers.inspection.swapped_dates import SwappedDatesCheck
from rapport.importers.inspection.time_columns import TimeColumnCheck
from rapport.importers.inspection.zones import ZoneCheck
from rapport.importers.mapping.columns import Header
from rapport.importers.mapping.dates.own_zone import TitleZone
from rapport.importers.mapping.schema import Mapping, Mark, with_amounts
from rapport.importers.rows.header_rows import HeaderRows
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row_filters import RowFilter, SkippedRow


@dataclass(slots=True)
class Inspection:
    """What the whole file says about its values, before anything is published."""

    date_order: str | None = None
    zone: str | None = None
    decimal: str | None = None
    decimal_mark: Mark | None = None
    """The decimal mark that the file shows, if the mapping has none."""
    currencies: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    unreadable: int = 0
    """Rows whose cells cannot be read."""

    def add(self, fact: Fact) -> None:
        """Keep a fact under its name."""
        value: Any = getattr(self, fact.name)
        if isinstance(value, list):
            value.append(fact.text)
        else:
            setattr(self, fact.name, fact.text)


def inspect(path: Path, mapping: Mapping) -> Inspection:
    """Return what the whole file says; raises `ImportFailed` if it cannot be opened."""
    table, records = open_records(path, mapping)
    try:
        return inspect_table(table, mapping, records.title_zone, records.header_rows())
    finally:
        table.close()


def settled(mapping: Mapping, inspection: Inspection) -> Mapping:
    """Return the mapping with the decimal mark that the file shows."""
    if inspection.decimal_mark is None:
        return mapping
    return with_amounts(mapping, decimal=inspection.decimal_mark)


def refuse_doubts(path: Path, inspection: Inspection) -> None:
    """Raise `DoubtfulFile` if the inspection has a doubt."""
    if inspection.doubts:
        raise DoubtfulFile(path, inspection.doubts)


def inspect_table(
    table: Table,
    mapping: Mapping,
    title_zone: TitleZone | None = None,
    header_rows: HeaderRows | None = None,
) -> Inspection:
    """Return what the rows of an open table say."""
    header = Header(table.header, mapping.file.missing)
    row_filter = RowFilter(mapping.skip, header)
    checks = _checks(mapping, header, title_zone, typed_dates=table.typed_dates)
    inspection = Inspection()
    in_header = True
    for row in table.rows():
        if isinstance(row.cells, RowError):
            inspection.unreadable += 1
            continue
        if in_header and header_rows is not None and header_rows.has(row):
            for check in checks:
                check.see_header_row(row.cells)
            continue
        in_header = False
        try:
            row_filter.check(row.cells)
        except (SkippedRow, RowError):
            continue
        for check in checks:
            check.see(row.line, row.cells)
    for check in checks:
        inspection.doubts.extend(check.doubts())
        for fact in check.facts():
            inspection.add(fact)
    return inspection


def _checks(
    mapping: Mapping, header: Header, title_zone: TitleZone | None, *, typed_dates: bool
) -> Sequence[Check]:
    """Return the checks; add a new one here."""
    return [
        DateOrderCheck(mapping, header),
        AmountCheck(mapping, header),
        UnitCheck(mapping, header),
        *answer_checks(mapping, header),
        ClientKeyCheck(mapping, header),
        *long_id_checks(mapping, header),
        ZoneCheck(mapping, header, title_zone, typed_dates=typed_dates),
        DueCheck(mapping, header, typed_dates=typed_dates),
        SwappedDatesCheck(mapping, header, typed_dates=typed_dates),
        TimeColumnCheck(mapping, header, typed_dates=typed_dates),
    ]
