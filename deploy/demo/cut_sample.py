"""Cut the demo's sample from the whole data sets: python deploy/demo/cut_sample.py DIRECTORY.

It keeps the columns that are mapped and the rows of the chosen clients, in a window that ends
where one client's purchases of computing and telephony really rise. Amounts and dates are as
published; nothing is invented.
"""

import csv
import gzip
import json
import sys
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "streams" / "rapport" / "devkit" / "data"
WEEKS = 112
TICKETS_PER_CLIENT_MAX = 320
PURCHASE_COLUMNS = [
    "trans_date",
    "amount",
    "currency",
    "merchant",
    "cac1",
    "cac1_desc",
    "cac2",
    "source_file",
]
TICKET_COLUMNS = [
    "number",
    "location",
    "priority",
    "opened_at",
    "sys_updated_at",
    "reopen_count",
    "reassignment_count",
    "made_sla",
    "resolved_at",
    "closed_at",
]
ANSWER_COLUMNS = ["comment_id", "organisation", "service1", "date", "score_1best_5worst_6_7na"]


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a gzipped CSV file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(name: str, columns: list[str], kept: list[dict[str, str]]) -> None:
    """Write the kept rows, the same bytes each time."""
    with gzip.GzipFile(SAMPLE / name, "wb", mtime=0) as raw:
        lines = [columns] + [[row[column] for column in columns] for row in kept]
        text = "".join(_line(line) for line in lines)
        raw.write(text.encode())


def _line(values: list[str]) -> str:
    quoted = ('"' + v.replace('"', '""') + '"' if set(v) & set(',"\n') else v for v in values)
    return ",".join(quoted) + "\n"


def main() -> None:
    """Cut the three samples."""
    source = Path(sys.argv[1])
    clients = json.loads((SAMPLE / "clients.json").read_text())
    last = date.fromisoformat(clients["purchases_end"])
    first = last - timedelta(weeks=WEEKS)
    centres = {centre for client in clients["clients"] for centre in client["cost_centres"]}
    purchases = [
        row
        for row in rows(source / "birmingham_purchase_cards.csv.gz")
        if row["cac2"] in centres and first.isoformat() < row["trans_date"] <= last.isoformat()
    ]
    write("purchases.csv.gz", PURCHASE_COLUMNS, purchases)
    locations = {client["location"] for client in clients["clients"]}
    write("tickets.csv.gz", TICKET_COLUMNS, list(_tickets(source, locations)))
    services = {client["service"] for client in clients["clients"]}
    answers = [
        row
        for row in rows(source / "nhs_fft_scores.csv.gz")
        if f"{row['organisation']} {row['service1']}" in services
    ]
    write("answers.csv.gz", ANSWER_COLUMNS, answers)


def _tickets(source: Path, locations: set[str]):  # noqa: ANN202 # rows of a file
    kept: dict[str, dict[str, list[dict[str, str]]]] = {place: {} for place in locations}
    for row in rows(source / "incident_event_log.csv.gz"):
        if row["location"] in kept:
            kept[row["location"]].setdefault(row["number"], []).append(row)
    for tickets in kept.values():
        newest = sorted(tickets.values(), key=lambda t: _opened(t[0]))[-TICKETS_PER_CLIENT_MAX:]
        for ticket in newest:
            yield from _needed(ticket)


def _needed(ticket: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the first row, those in which the ticket was reopened, and the last."""
    reopened = [
        after
        for before, after in pairwise(ticket)
        if after["reopen_count"] != before["reopen_count"]
    ]
    return [ticket[0], *reopened, ticket[-1]]


def _opened(row: dict[str, str]) -> datetime:
    return datetime.strptime(row["opened_at"], "%d/%m/%Y %H:%M")  # noqa: DTZ007 # the log has no zone


if __name__ == "__main__":
    main()
