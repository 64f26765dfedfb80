"""Proposes a mapping for a file, from its header and the format of its values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rapport.domain.events.text_key import slug
from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.delimited.csv_table import CsvTable
from rapport.importers.files.headers import Headers
from rapport.importers.files.open import find_headers, open_table
from rapport.importers.files.table import unique_names
from rapport.importers.inference import synonyms
from rapport.importers.inference.identity import client_table, id_table
from rapport.importers.inference.kinds import DISCOVERED, infer_kind, is_discovery_report
from rapport.importers.inference.purchases import purchase_table
from rapport.importers.inference.recommend import fitting_presets
from rapport.importers.inference.sample import CHANGE_ME, MISSING, Sample, keys_of
from rapport.importers.inference.surveys import question_texts, survey_table
from rapport.importers.inference.tickets import ticket_table
from rapport.importers.inference.toml_text import mapping_text
from rapport.importers.inference.values.amounts import infer_currencies
from rapport.importers.inference.values.dates import has_time, has_zone, infer_columns
from rapport.importers.inference.values.zones import propose_zone
from rapport.importers.mapping.columns import Header, plain
from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.own_zone import with_own_zone, zone_of_row
from rapport.importers.mapping.dates.zones import machine_zone, zone_in_name
from rapport.importers.mapping.presets import preset, preset_names
from rapport.importers.mapping.schema import FileOptions, Kind, Mapping, parse_mapping
from rapport.importers.rows.header_rows import SURVEY_ROWS, has_digit, has_import_id
from rapport.importers.rows.totals import seeming_reason

SAMPLE_ROWS: Final = 1_000
TABLES: Final[dict[Kind, Callable[[Sample], dict[str, Any]]]] = {
    "tickets": ticket_table,
    "purchases": purchase_table,
    "surveys": survey_table,
}
DATE_FIELDS: Final = ("opened_at", "resolved_at", "updated_at", "purchased_on", "answered_at")


@dataclass(slots=True)
class Guess:
    """A proposed mapping, with notes on what to check in it."""

    kind: Kind
    text: str
    mapping: Mapping | None
    """None if nothing can be read before the user has decided the order of day and month."""
    notes: list[str]


def guess(
    path: Path, kind: Kind | None = None, zone: str | None = None, own_zone: str | None = None
) -> Guess:
    """Return a proposal for a file; raises `ImportFailed` if the file is of no known kind.

    `zone` is that of the times, as the user says; `own_zone` is offered for it.
    """
    if kind is not None and kind not in TABLES:
        presets = [name for name in preset_names() if preset(name).kind == kind]
        raise ImportFailed(
            f"a mapping is proposed for {', '.join(TABLES)}; for {kind} start from a preset "
            f"({', '.join(presets)}), as in `rapport import --show {presets[0]}`"
        )
    headers = find_headers(path, FileOptions())
    sample = _sample(path, headers)
    if kind is not None and is_discovery_report(sample):
        sample.notes.append(DISCOVERED)
    kind = kind or infer_kind(sample)
    identity = {"client": client_table(sample), "id": id_table(sample, kind)}
    tables = TABLES[kind](sample)
    dates, comments = _dates(sample, tables, zone, own_zone or machine_zone())
    document: dict[str, Any] = {
        "kind": kind,
        "title": f"Guessed from {path.name}",
        "source": f"urn:rapport:import:{slug(path.name.split('.')[0])}",
        "file": {**sample.options, **_missing(sample)},
        **identity,
        "dates": dates,
        **tables,
    }
    text = mapping_text(document, comments)
    is_decided = CHANGE_ME not in dates["layouts"]
    readable = document if is_decided else {**document, "dates": {**dates, "layouts": ["iso"]}}
    mapping = parse_mapping(mapping_text(readable, {}), "the guessed mapping")
    refused = set(map(plain, sample.refused))
    sample.notes += fitting_presets(path, headers, mapping, _currencies(sample, mapping), refused)
    return Guess(kind, text, mapping if is_decided else None, sample.notes)


def _sample(path: Path, headers: Headers) -> Sample:
    """Return the sheet and the header row with the most names that are known."""
    counts = [
        sum(bool({*keys_of(name)} & synonyms.NAMES_OF_HEADERS) for name in unique_names(one.names))
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
            if not isinstance(row.cells, RowError) and seeming_reason(row.cells) is None
        ]
    finally:
        table.close()
    options: dict[str, Any] = {} if header_row == 1 else {"header_row": header_row}
    if isinstance(table, CsvTable):
        options["delimiter"] = table.delimiter
    zone = next(filter(None, map(zone_of_row, rows[:SURVEY_ROWS])), None)
    below = _without_header_rows(rows)
    above = rows[: len(rows) - len(below)]
    texts = next((row for row in above if not has_import_id(row)), {})
    return Sample(
        table.header,
        below,
        options,
        zone=zone,
        is_survey=any(map(has_import_id, above)),
        labels=question_texts(table.header, texts),
    )


def _without_header_rows(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows without the texts of questions and the import ids below them."""
    first = 0
    while first < min(SURVEY_ROWS, len(rows) - 1):
        row, below = rows[first], rows[first + 1 :]
        if not has_import_id(row) and not _is_header_row(row, below):
            break
        first += 1
    return rows[first:]


def _is_header_row(row: dict[str, str], below: list[dict[str, str]]) -> bool:
    """Return whether a row has words where nearly every column with digits has them below."""
    columns = [name for name in row if any(has_digit(other.get(name)) for other in below)]
    return bool(columns) and not any(has_digit(row[name]) for name in columns)


def _missing(sample: Sample) -> dict[str, Any]:
    cells = {cell.strip().casefold() for row in sample.rows for cell in row.values()}
    missing = [*(mark for mark in MISSING if mark in cells), *sample.absent]
    return {"missing": missing} if missing else {}


def _dates(
    sample: Sample, tables: dict[str, Any], zone: str | None, own_zone: str | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the table `[dates]` and the comments of its keys."""
    fields = [
        field
        for table in tables.values()
        for field in (*(table.get(name) for name in DATE_FIELDS), table.get("sla", {}).get("due"))
        if field
    ]
    names = [field["date"] if isinstance(field, dict) else field for field in fields]
    is_joined = any(isinstance(field, dict) for field in fields)
    columns = {name: sample.values(name) for name in names}
    found = infer_columns(columns)
    sample.notes += found.notes
    sample.absent += found.missing
    values = [value for one in columns.values() for value in one if value not in found.missing]
    is_zoned = not is_joined and has_zone(found.layouts or ["iso"], values)
    is_timed = is_joined or has_time(values)
    proposed = propose_zone(
        zone, own_zone, is_timed=is_timed, said_by=_zone_sayer(sample, names, is_zoned=is_zoned)
    )
    sample.notes += [proposed.note] if proposed.note else []
    table: dict[str, Any] = {"layouts": found.layouts or [CHANGE_ME]}
    table |= {"zone": proposed.name} if proposed.name else {}
    return table, {"dates": proposed.comment} if proposed.comment else {}


def _zone_sayer(sample: Sample, names: Sequence[str], *, is_zoned: bool) -> str | None:
    """Return what in the file says the zone of its times; None if nothing does."""
    if is_zoned:
        return "each time"
    if names and all(zone_in_name(name) for name in names):
        return "the name of each column"
    if sample.zone:
        return f"a row of the file ({sample.zone})"
    columns = with_own_zone(DateOptions(), Header(sample.header, [])).zone_column
    return f"the column {columns[0]!r}" if columns else None


def _currencies(sample: Sample, mapping: Mapping) -> set[str]:
    """Return the currencies of a file's amounts, as their cells, a column or the mapping say."""
    if mapping.purchase is None:
        return set()
    amount = mapping.purchase.amount
    named = infer_currencies(value for name in amount.column for value in sample.values(name))
    if named.counts or amount.currency is None:
        return set(named.counts)
    codes = {code.upper() for name in amount.currency.column for code in sample.values(name)}
    return codes or {str(amount.currency.constant or amount.currency.default)}
