"""Recommends the presets that read a file as well as the proposed mapping does."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rapport.importers.errors import ImportFailed
from rapport.importers.files.headers import Headers
from rapport.importers.files.table import Row, Table
from rapport.importers.inference.identity import UNASSIGNED
from rapport.importers.inference.values.dates import ORDERS
from rapport.importers.inspection.date_columns import date_columns
from rapport.importers.inspection.inspect import inspect_table
from rapport.importers.mapping.columns import plain
from rapport.importers.mapping.presets import preset, preset_names
from rapport.importers.mapping.schema import FileOptions, Mapping
from rapport.importers.rows.reader import Records, open_records
from rapport.importers.rows.row import Outcome, Rejection, SourceRecord

FITS_ROWS: Final = 100
REJECTED_RATIO_MAX: Final = 0.1
"""A preset fits if it rejects at most this part of the first rows."""


def fitting_presets(
    path: Path, headers: Headers, proposal: Mapping, currencies: set[str], refused: set[str]
) -> Iterator[str]:
    """Yield a note for each preset that fits a file and does not contradict the proposal.

    `headers` are those of the file without options, so that it is not searched for each preset.
    `refused` are columns that say no service level.
    """
    is_agreed = proposal.ticket is not None and not (
        proposal.ticket.sla and proposal.ticket.sla.hours
    )
    resolved = _resolved(_records(path, headers, proposal)) if is_agreed else 0
    for name in preset_names():
        mapping = preset(name)
        if not _agrees(mapping, proposal, currencies) or _sla_columns(mapping) & refused:
            continue
        for order in (None, *ORDERS):
            dates = mapping.dates.with_options(zone=None, order=order)
            outcomes = _records(path, headers, mapping.model_copy(update={"dates": dates}))
            if fits(outcomes) and _resolved(outcomes) >= resolved:
                option = f" --date-order {order}" if order else ""
                yield f"the preset {name} fits this file: --mapping {name}{option}"
                break
            if mapping.dates.order_of_layouts() is None:
                break


class FirstRows:
    """The first rows of a table, so that a large file is not read once for each preset."""

    def __init__(self, table: Table) -> None:
        self.header = table.header
        self.typed_dates = table.typed_dates
        self._rows = list(islice(table.rows(), FITS_ROWS))

    def rows(self) -> Iterator[Row]:
        """Yield the first rows."""
        yield from self._rows


def _records(path: Path, headers: Headers, mapping: Mapping) -> list[Outcome]:
    """Return the outcomes of the first rows; none if the mapping does not fit, or is doubtful."""
    has_options = mapping.file.model_copy(update={"missing": []}) != FileOptions()
    try:
        table, _ = open_records(path, mapping, None if has_options else headers)
    except ImportFailed:
        return []
    first_rows: Any = FirstRows(table)
    table.close()
    if inspect_table(first_rows, mapping).doubts:
        return []
    return list(Records(mapping, first_rows))


def fits(outcomes: Sequence[Outcome]) -> bool:
    """Return whether a preset reads nearly all of the first rows, and most of their clients."""
    records = [one for one in outcomes if isinstance(one, SourceRecord)]
    clients = [getattr(one.events[0].data, "client", "") for one in records]
    assigned = sum(client != UNASSIGNED for client in clients)
    rejected = sum(isinstance(one, Rejection) for one in outcomes)
    has_unique_ids = len(records) == len({one.id for one in records})
    few_rejected = rejected <= REJECTED_RATIO_MAX * len(outcomes)
    return 2 * assigned > len(records) and has_unique_ids and few_rejected


def _resolved(outcomes: Sequence[Outcome]) -> int:
    """Return how many tickets are resolved: a preset that reads fewer is no better."""
    records = [one for one in outcomes if isinstance(one, SourceRecord)]
    return sum(event.slot == "resolved" for one in records for event in one.events)


def _agrees(mapping: Mapping, proposal: Mapping, currencies: set[str]) -> bool:
    """Return whether a preset reads the same kind, the same currency, and as many times."""
    return (
        mapping.kind == proposal.kind
        and _same_currency(mapping, currencies)
        and _clocks(proposal) <= _clocks(mapping)
    )


def _same_currency(mapping: Mapping, currencies: set[str]) -> bool:
    """Return whether a preset's constant currency is the only one of the amounts."""
    if mapping.purchase is None or not currencies:
        return True
    currency = mapping.purchase.amount.currency
    constant = currency.constant if currency else None
    return constant is None or currencies == {constant}


def _sla_columns(mapping: Mapping) -> set[str]:
    """Return the keys of the columns that say whether a ticket was in time."""
    sla = mapping.ticket.sla if mapping.ticket else None
    return set(map(plain, sla.column)) if sla else set()


def _clocks(mapping: Mapping) -> set[str]:
    """Return the columns with the time of the day that a mapping joins to a date."""
    return {plain(name) for _, options in date_columns(mapping) for name in options.time}
