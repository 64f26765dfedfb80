"""Proposes a mapping for a file: from its header, and from how its values are written."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import tomlkit

from rapport.domain.text_key import slug
from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.csv_json import CsvTable
from rapport.importers.files.open import open_table, sniff_format
from rapport.importers.inference import synonyms
from rapport.importers.inference.fields import (
    purchase_table,
    questions,
    survey_table,
    ticket_table,
)
from rapport.importers.inference.sample import MISSING, Sample
from rapport.importers.inference.values import infer_dates
from rapport.importers.mapping.columns import plain
from rapport.importers.mapping.presets import preset, preset_names
from rapport.importers.mapping.schema import FileOptions, Kind, Mapping, parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Record, Rejection

SAMPLE_ROWS: Final = 1_000
HEADER_ROWS_MAX: Final = 10
TABLES: Final[dict[Kind, Callable[[Sample], dict[str, Any]]]] = {
    "tickets": ticket_table,
    "purchases": purchase_table,
    "surveys": survey_table,
}
INLINE: Final = ("values", "hours")
FITS_ROWS: Final = 100
UNASSIGNED: Final = "unassigned"
REFUSED_RATIO_MAX: Final = 0.1
"""A preset that refuses no more of the first rows is worth a mention."""


@dataclass(slots=True)
class Guess:
    """A proposed mapping, and what a person should check in it."""

    kind: Kind
    text: str
    mapping: Mapping
    notes: list[str]


def guess(path: Path, kind: Kind | None = None) -> Guess:
    """Return a proposal for a file; raises `ImportFailed` when it looks like none of the kinds."""
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
        f"the preset {name} reads these rows as they are: --mapping {name}"
        for name in preset_names()
        if _fits(path, preset(name), kind)
    ]
    text = tomlkit.dumps(_laid_out(document))
    return Guess(kind, text, parse_mapping(text, "the guessed mapping"), sample.notes)


def _laid_out(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table for `tomlkit`: what values mean on one line, and no empty table."""
    shown: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, list):
            shown[key] = [_laid_out(one) if isinstance(one, dict) else one for one in value]
        elif not isinstance(value, dict):
            shown[key] = value
        elif key in INLINE:
            shown[key] = tomlkit.inline_table()
            shown[key].update(value)
        elif value:
            shown[key] = _laid_out(value)
    return shown


def _sample(path: Path) -> Sample:
    best: Sample | None = None
    score = -1
    for header_row in range(1, 2 if sniff_format(path) == "jsonl" else HEADER_ROWS_MAX + 1):
        try:
            sample = _read(path, header_row)
        except ImportFailed:
            continue
        known = sum(plain(name) in synonyms.NAMES_OF_HEADERS for name in sample.header)
        if known > score:
            best, score = sample, known
    if best is None:
        return _read(path, 1)
    return best


def _read(path: Path, header_row: int) -> Sample:
    table = open_table(path, FileOptions(header_row=header_row))
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
            f"{', '.join(map(repr, sample.header[:40]))}; say what it is, as in "
            "`rapport import tickets --guess FILE`, or write a mapping (docs/importing.md)"
        )
    return kind


def _missing(sample: Sample) -> dict[str, Any]:
    cells = {cell.strip() for row in sample.rows for cell in row.values()}
    found = [mark for mark in MISSING if mark in cells]
    return {"missing": found} if found else {}


def _client(sample: Sample) -> dict[str, Any]:
    column = sample.find(synonyms.CLIENT)
    if column is None:
        sample.notes.append("no column looks like a client: `client.constant` is yours to fill in")
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
    sample.notes.append("no column holds an id of its own: the content of a row is its id")
    return {"content": sample.header[:20]}


def _dates(sample: Sample, tables: dict[str, Any]) -> dict[str, Any]:
    layouts: dict[str, None] = {}
    for table in tables.values():
        for name in ("opened_at", "resolved_at", "updated_at", "purchased_on", "answered_at"):
            column = table.get(name)
            found = infer_dates(sample.values(column)) if column else None
            if column and found is None and sample.values(column):
                sample.notes.append(f"{column!r} does not look like dates; mend `dates.layouts`")
            if found:
                layouts.update(dict.fromkeys(found.layouts))
                sample.notes += [f"{column!r}: {found.note}"] if found.note else []
    return {"layouts": list(layouts) or ["iso"], "zone": "UTC"}


def _fits(path: Path, mapping: Mapping, kind: Kind) -> bool:
    """Return whether a preset reads nearly all first rows, and knows whom they are about."""
    if mapping.kind != kind:
        return False
    try:
        table, rows = open_records(path, mapping)
        outcomes = list(islice(rows, FITS_ROWS))
    except ImportFailed:
        return False
    table.close()
    records = [one for one in outcomes if isinstance(one, Record)]
    known = [one for one in records if getattr(one.events[0].data, "client", "") != UNASSIGNED]
    refused = sum(isinstance(one, Rejection) for one in outcomes)
    return 2 * len(known) > len(records) == len(
        {one.id for one in records}
    ) and refused <= REFUSED_RATIO_MAX * len(outcomes)
