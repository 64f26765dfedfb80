"""Preview: the first rows of a file as events, for a proposed mapping and for a dry run."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Outcome, Rejection, Skipped, SourceRecord
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

ROWS: Final = 5
SHOWN_ELSEWHERE: Final = frozenset({"client", "ticket_id", "purchase_id", "survey_id", "comment"})


def preview(path: Path, mapping: Mapping, rows: int = ROWS) -> list[dict[str, Any]]:
    """Return the first rows, each event or rejection as JSON values."""
    table, records = open_records(path, mapping)
    try:
        return [line for outcome in islice(records, rows) for line in _lines(outcome)]
    finally:
        table.close()


def _lines(outcome: Outcome) -> Iterator[dict[str, Any]]:
    if isinstance(outcome, SourceRecord):
        for event in outcome.events:
            data = event.data.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
            yield {
                "line": outcome.line,
                "event": CONTRACT_OF_MODEL[type(event.data)]
                .type.split(".", 1)[1]
                .removesuffix(".v1"),
                "time": f"{event.at:%Y-%m-%d %H:%M}",
                "client": data["client"],
                "data": {k: v for k, v in data.items() if k not in SHOWN_ELSEWHERE},
            }
        for rejection in outcome.unread:
            yield _line(rejection, "answer rejected", rejection.path)
    elif isinstance(outcome, Rejection):
        yield _line(outcome, "rejected", outcome.path)
    else:
        yield _line(outcome, "left out", "because")


def _line(outcome: Rejection | Skipped, event: str, name: str) -> dict[str, Any]:
    data = {name: outcome.reason}
    return {"line": outcome.line, "event": event, "time": "", "client": "", "data": data}
