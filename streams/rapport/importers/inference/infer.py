"""Proposes a mapping for a file, from its header and the format of its values."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import tomlkit

from rapport.domain.text_key import slug
from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.delimited.csv_table import CsvTable
from rapport.importers.files.open import find_headers, open_table
from rapport.importers.files.table import unique_names
from rapport.importers.inference import synonyms
from rapport.importers.inference.fields import purchase_table, questions, survey_table, ticket_table
from rapport.importers.inference.sample import MISSING, Sample
from rapport.importers.inference.values import infer_dates
from rapport.importers.mapping.columns import plain
from rapport.importers.mapping.presets import preset, preset_names
from rapport.importers.mapping.schema import FileOptions, Kind, Mapping, parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

SAMPLE_ROWS: Final = 1_000
TABLES: Final[dict[Kind, Callable[[Sample], dict[str, Any]]]] = {
    "tickets": ticket_table,
    "purchases": purchase_table,
    "surveys": survey_table,
}
INLINE: Final = ("values", "hours")
FITS_ROWS: Final = 100
UNASSIGNED: Final = "unassigned"
REJECTED_RATIO_MAX: Final = 0.1
"""A preset fits if it rejects at most this part of the first rows."""


@dataclass(slots=True)
class Guess:
    """A proposed mapping, with notes on what to check in it."""

    kind: Kind
    text: str
    mapping: Mapping
    notes: list[str]


def guess(path: Path, kind: Kind | None = None) -> Guess:
    """Return a proposal for a file; raises `ImportFailed` if the file is of no known kind."""
    sample = _sample(path)
    kind = kind or _kind(sample)
    tables = TABLES[kind](sample)
    document: dict[str, Any] = {
        "kind": kind,
        "title": f"Guessed from {path.name}",
        "source": f"urn:rapport:import:{slug(path.name.split('.')[0])}",
        "file": {**sample.options, **_missing(sample)},
        "client": _client(sample),
        "id": _id(sample, kind),
        "dates": _dates(sample, tables),
        **tables,
    }
    sample.notes += [
        f"the preset {name} fits this file: --mapping {name}"
        for name in preset_names()
        if _fits(path, preset(name), kind)
    ]
    text = tomlkit.dumps(_toml_layout(document))
    return Guess(kind, text, parse_mapping(text, "the guessed mapping"), sample.notes)


def _toml_layout(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table for `tomlkit`: `values` and `hours` inline, and no empty table."""
    layout: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, list):
            layout[key] = [_toml_layout(one) if isinstance(one, dict) else one for one in value]
        elif not isinstance(value, dict):
            layout[key] = value
        elif key in INLINE:
            layout[key] = tomlkit.inline_table()
            layout[key].update(value)
        elif value:
            layout[key] = _toml_layout(value)
    return layout


def _sample(path: Path) -> Sample:
    """Return the sheet and the header row with the most names that are known."""
    headers = find_headers(path, FileOptions())
    counts = [
        sum(plain(name) in synonyms.NAMES_OF_HEADERS for name in unique_names(one.names))
        if any(one.names)
        else -1
        for one in headers.candidates
    ]
    best = headers.candidates[counts.index(max(counts))]
    sheets = dict.fromkeys(repr(one.sheet) for one in headers.candidates)
    sample = _read(path, best.row, best.sheet)
    if len(sheets) > 1 or headers.passed_over:
        others = [name for name in sheets if name != repr(best.sheet)] + headers.passed_over
        sample.notes.append(f"the sheet {best.sheet!r} is read, and not {', '.join(others)}")
    return sample


def _read(path: Path, header_row: int, sheet: str | None) -> Sample:
    table = open_table(path, FileOptions(header_row=header_row, sheet=sheet))
    try:
        rows = [
            row.cells
            for row in islice(table.rows(), SAMPLE_ROWS)
            if not isinstance(row.cells, RowError)
        ]
    finally:
        table.close()
    options: dict[str, Any] = {} if header_row == 1 else {"header_row": header_row}
    if isinstance(table, CsvTable):
        options["delimiter"] = table.delimiter
    return Sample(table.header, rows, options)


def _kind(sample: Sample) -> Kind:
    scores: dict[Kind, int] = {
        "tickets": sum(sample.find(names) is not None for names in synonyms.TICKET.values()),
        "purchases": (
            sum(sample.find(names) is not None for names in synonyms.PURCHASE.values())
            + 2 * (sample.find(synonyms.AMOUNT) is not None)
        ),
        "surveys": 2 * len(questions(sample)),
    }
    kind = max(scores, key=lambda name: scores[name])
    if scores[kind] < 2:  # noqa: PLR2004 # one column alone may mean anything
        raise ImportFailed(
            "the columns look neither like tickets, nor purchases, nor a survey's answers: "
            f"{', '.join(map(repr, sample.header[:40]))}; name the kind, as in "
            "`rapport import tickets --guess FILE`, or write a mapping (docs/importing.md)"
        )
    return kind


def _missing(sample: Sample) -> dict[str, Any]:
    cells = {cell.strip() for row in sample.rows for cell in row.values()}
    missing = [mark for mark in MISSING if mark in cells]
    return {"missing": missing} if missing else {}


def _client(sample: Sample) -> dict[str, Any]:
    column = sample.find(synonyms.CLIENT)
    if column is None:
        sample.notes.append("no column looks like a client: fill in `client.constant`")
        return {"constant": UNASSIGNED}
    return {"column": column, "default": UNASSIGNED}


def _id(sample: Sample, kind: Kind) -> dict[str, Any]:
    columns = sample.find_all(synonyms.IDS[kind])
    for column in columns:
        values = sample.values(column)
        if len(set(values)) == len(values) == len(sample.rows):
            return {"columns": [column]}
    if columns and kind == "tickets":
        return {"columns": columns[:1]}
    sample.notes.append("no column has unique ids: the content of a row is its id")
    return {"content": sample.header[:20]}


def _dates(sample: Sample, tables: dict[str, Any]) -> dict[str, Any]:
    layouts: dict[str, None] = {}
    for table in tables.values():
        for name in ("opened_at", "resolved_at", "updated_at", "purchased_on", "answered_at"):
            column = table.get(name)
            dates = infer_dates(sample.values(column)) if column else None
            if column and dates is None and sample.values(column):
                sample.notes.append(f"{column!r} does not look like dates; correct `dates.layouts`")
            if dates:
                layouts.update(dict.fromkeys(dates.layouts))
                sample.notes += [f"{column!r}: {dates.note}"] if dates.note else []
    return {"layouts": list(layouts) or ["iso"], "zone": "UTC"}


def _fits(path: Path, mapping: Mapping, kind: Kind) -> bool:
    """Return whether a preset reads nearly all of the first rows, and most of their clients."""
    if mapping.kind != kind:
        return False
    try:
        table, rows = open_records(path, mapping)
        outcomes = list(islice(rows, FITS_ROWS))
    except ImportFailed:
        return False
    table.close()
    records = [one for one in outcomes if isinstance(one, SourceRecord)]
    clients = [getattr(one.events[0].data, "client", "") for one in records]
    assigned = sum(client != UNASSIGNED for client in clients)
    rejected = sum(isinstance(one, Rejection) for one in outcomes)
    has_unique_ids = len(records) == len({one.id for one in records})
    few_rejected = rejected <= REJECTED_RATIO_MAX * len(outcomes)
    return 2 * assigned > len(records) and has_unique_ids and few_rejected
